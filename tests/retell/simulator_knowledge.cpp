#include "simulator_forms.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

json::value make_base(simulated_account& account, std::string_view url = "https://a.example")
{
    return expect_form(account, 201, "/create-knowledge-base",
        test_form()
            .field("knowledge_base_name", "Prices")
            .field("knowledge_base_texts", R"([{"title":"t","text":"x"}])")
            .field("knowledge_base_urls", json::to_text(json::array{url}))
            .file("knowledge_base_files", "a.txt", "12345")
            .file("knowledge_base_files", "b.txt", ""));
}

json::array const& sources_of(json::value const& base)
{
    return base.find("knowledge_base_sources")->as_array();
}

} // namespace

TEST_CASE("simulator knowledge bases: read in the background, listed as a bare array")
{
    simulated_account account;
    auto const made = make_base(account);
    std::string const id(made.string_at("knowledge_base_id"));
    CHECK(made.string_at("status") == "in_progress");
    CHECK(made.int_at("max_chunk_size") == 2000);
    REQUIRE(sources_of(made).size() == 4);
    CHECK(sources_of(made)[0].string_at("type") == "document");
    CHECK(sources_of(made)[0].string_at("filename") == "a.txt");
    CHECK(sources_of(made)[0].int_at("file_size") == 5);
    CHECK(sources_of(made)[2].string_at("title") == "t");
    CHECK(sources_of(made)[3].string_at("url") == "https://a.example");
    auto const status = [&] {
        return std::string(account.get("/get-knowledge-base/" + id).string_at("status"));
    };
    account.time.advance(1999ms);
    CHECK(status() == "in_progress");
    auto const saved = account.sim.state_text();
    account.time.advance(1ms);
    CHECK(status() == "complete");
    account.sim.load_state(json::parse(saved)); // what was to come comes after a reload, too
    CHECK(account.get("/list-knowledge-bases").as_array()[0].string_at("status") == "complete");

    auto const more = expect_form(account, 201, "/add-knowledge-base-sources/" + id,
        test_form().field("knowledge_base_urls", R"(["https://b.example"])"));
    CHECK(sources_of(more).size() == 5);
    CHECK(status() == "in_progress");
    account.time.advance(2000ms);
    CHECK(status() == "complete");

    auto const source =
        '/' + id + "/source/" + std::string(sources_of(more)[1].string_at("source_id"));
    auto const less = account.expect(200, "DELETE", "/delete-knowledge-base-source" + source);
    CHECK(sources_of(less).size() == 4);
    account.refused(422, "DELETE", "/delete-knowledge-base-source" + source);
    CHECK(account.send("DELETE", "/delete-knowledge-base/" + id).status == 204);
    account.refused(422, "GET", "/get-knowledge-base/" + id);
    account.refused(422, "DELETE", "/delete-knowledge-base/" + id);
    CHECK(account.get("/list-knowledge-bases").as_array().empty());
}

TEST_CASE("simulator knowledge bases: a URL that cannot be read ends as error, by a switch")
{
    for (bool readable : {true, false}) {
        simulator_options options;
        if (!readable) options.unreadable_urls = "a.example";
        simulated_account account(options);
        auto const made = make_base(account);
        auto const path = "/get-knowledge-base/" + std::string(made.string_at("knowledge_base_id"));
        account.time.advance(2000ms);
        CHECK(account.get(path).string_at("status") == (readable ? "complete" : "error"));
    }
}

TEST_CASE("simulator knowledge bases: what is no source, name or size is refused")
{
    simulated_account account;
    auto const refused = [&](char const* name, char const* value) {
        test_form form;
        if (name != std::string_view("knowledge_base_name")) form.field("knowledge_base_name", "n");
        expect_form(account, 400, "/create-knowledge-base", form.field(name, value));
    };
    refused("knowledge_base_name", "");
    refused("knowledge_base_name", "1234567890123456789012345678901234567890");
    refused("knowledge_base_urls", R"(["ftp://a"])");
    refused("knowledge_base_urls", R"(["https://"])");
    refused("knowledge_base_urls", "[1]");
    refused("knowledge_base_texts", R"([{"title":"t"}])");
    refused("max_chunk_size", "6001");
    refused("min_chunk_size", "2000"); // not less than the 2000 of max_chunk_size
    test_form many;
    many.field("knowledge_base_name", "n");
    for (int i = 0; i < 26; ++i) many.file("knowledge_base_files", "f", "x");
    expect_form(account, 400, "/create-knowledge-base", many);
    for (auto const* path :
        {"/delete-knowledge-base-source/a", "/delete-knowledge-base-source/a/source/",
            "/delete-knowledge-base-source/a/source/b/c", "/delete-knowledge-base-source//source/b"})
        account.refused(404, "DELETE", path);
    account.refused(422, "DELETE", "/delete-knowledge-base-source/a/source/b");
}

TEST_CASE("simulator voices: found, added, cloned, and spoken with")
{
    simulated_account account;
    auto const before = account.get("/list-voices").as_array().size();
    auto const found = account.expect(200, "POST", "/search-community-voice",
        json::parse(R"({"search_query":"german","voice_provider":"elevenlabs"})"));
    REQUIRE(found.find("voices")->as_array().size() == 2);
    auto const& first = found.find("voices")->as_array()[0];
    auto const added = account.expect(200, "POST", "/add-community-voice",
        json::object{{"provider_voice_id", *first.find("provider_voice_id")},
            {"voice_name", "Ours"}, {"voice_provider", "elevenlabs"}});
    auto const cloned = expect_form(account, 201, "/clone-voice",
        test_form()
            .field("voice_name", "Clone")
            .field("voice_provider", "platform")
            .file("files", "v.wav", "x"));
    for (auto const* voice : {&added, &cloned}) {
        std::string const id(voice->string_at("voice_id"));
        CHECK(account.get("/get-voice/" + id) == *voice);
        json::object const engine{{"type", "retell-llm"}, {"llm_id", account.make_llm()}};
        account.expect(201, "POST", "/create-agent",
            json::object{{"voice_id", id}, {"response_engine", engine}});
    }
    CHECK(account.get("/list-voices").as_array().size() == before + 2);
    account.refused(400, "POST", "/search-community-voice", json::object{});
    account.refused(400, "POST", "/add-community-voice", json::object{{"voice_name", "x"}});
    account.refused(400, "POST", "/search-community-voice",
        json::parse(R"({"search_query":"a","voice_provider":"odd"})"));
    expect_form(account, 400, "/clone-voice",
        test_form().field("voice_name", "Clone").field("voice_provider", "platform"));
}

TEST_CASE("simulator uploads: assets, and contacts out of a file")
{
    simulated_account account;
    auto const asset =
        expect_form(account, 201, "/create-asset", test_form().file("file", "a.png", "\x89PNG"));
    CHECK(asset.int_at("file_size") == 4);
    CHECK(asset.string_at("file_name") == "a.png");
    CHECK_FALSE(asset.string_at("url").empty());
    expect_form(account, 400, "/create-asset", test_form());
    expect_form(account, 400, "/upload-contact-import-file", test_form().file("file", "x", "\xff"));

    auto const upload = expect_form(account, 200, "/upload-contact-import-file",
        test_form().file("file", "c.csv",
            "Phone,Name,City\r\n+14155550101,\"Ada \"\"A\"\" L\",\"Berlin,\nMitte\"\r\n"
            "(415) 555-0102,Bo,\r\nnonsense,Cy,\r\n+14155550101,Twice,\r\n"));
    CHECK_FALSE(upload.find("text"));
    auto const body = [&](char const* column) {
        return json::object{{"upload_id", *upload.find("upload_id")}, {"default_country", "US"},
            {"tags", json::array{"imported"}},
            {"column_mapping",
                json::array{
                    json::object{{"external_field_name", column}, {"field_name", "phone_number"}},
                    json::object{{"external_field_name", "Name"}, {"field_name", "first_name"}},
                    json::object{{"external_field_name", "City"}, {"field_name", "city"}}}}};
    };
    account.refused(400, "POST", "/create-contact-import", body("No such column"));
    account.expect(201, "POST", "/create-contact-import", body("Phone"));
    account.time.advance(2000ms);
    auto const job = account.get("/get-contact-import");
    CHECK(job.int_at("succeeded") == 2);
    CHECK(job.int_at("failed") == 2);
    auto const ada = account.get("/get-contact-by-phone/+14155550101");
    CHECK(ada.string_at("first_name") == "Ada \"A\" L");
    CHECK(ada.at_or_null("custom_fields").string_at("city") == "Berlin,\nMitte");
    CHECK(json::to_text(ada.at_or_null("tags")) == "[\"imported\"]");
    CHECK(account.get("/get-contact-by-phone/+14155550102").string_at("first_name") == "Bo");
}
