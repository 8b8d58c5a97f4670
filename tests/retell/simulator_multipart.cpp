#include "simulator_forms.hpp"

#include <retell/simulator_multipart.hpp>

#include <trunkline/core/random.hpp>

using namespace trunkline;
using namespace trunkline::retell;
using namespace trunkline::retell::simulation;

namespace {

std::vector<form_part> parsed(std::string const& body)
{
    return parse_multipart(test_form::content_type, body);
}

/// The message of the refusal.
std::string refusal_of(std::string_view content_type, std::string const& body)
{
    try {
        parse_multipart(content_type, body);
        return "accepted";
    } catch (refusal const& no) {
        CHECK(no.status == 400);
        return std::string(json::parse(no.body).string_at("message"));
    }
}
std::string refusal_of(std::string const& body)
{
    return refusal_of(test_form::content_type, body);
}

} // namespace

TEST_CASE("simulator multipart: fields, files, binary data and an empty form")
{
    std::string const binary("\r\n--X\0\r\n--\r\n\xff", 12);
    auto const body = test_form().field("a", "1").file("f", "x.bin", binary).field("a", "").text();
    auto const parts = parsed(body);
    REQUIRE(parts.size() == 3);
    CHECK(parts[0].name == "a");
    CHECK(parts[0].data == "1");
    CHECK_FALSE(parts[0].file_name);
    CHECK(parts[1].file_name == "x.bin");
    CHECK(parts[1].content_type == "text/plain");
    CHECK(parts[1].data == binary);
    CHECK(parts[2].data.empty());
    CHECK(parsed("--XX--").empty());
    CHECK(parsed("--XX--\r\n").empty());
    CHECK(parse_multipart("Multipart/Form-Data; charset=x; boundary=\"a b\"", "--a b--").empty());
}

TEST_CASE("simulator multipart: names with quotes, backslashes, semicolons and escapes")
{
    auto const name_of = [](std::string const& parameters) {
        return parsed(test_form().part(parameters, "", "v").text()).front();
    };
    CHECK(name_of(R"(name="a;b=\"c\"")").name == "a;b=\"c\"");
    CHECK(name_of("name=plain").name == "plain");
    CHECK(name_of(R"(name="say %22hi%22%0D%0A")").name == "say \"hi\"\r\n");
    CHECK(*name_of(R"(name="a"; filename="C:\dir\x.txt")").file_name == R"(C:\dir\x.txt)");
    CHECK(*name_of(R"(filename=""; name="a")").file_name == "");
}

TEST_CASE("simulator multipart: what is no form is refused with a clear message")
{
    std::string const good = test_form().field("a", "1").text();
    CHECK(refusal_of("application/json", good) == "The content type must be multipart/form-data");
    CHECK(
        refusal_of("multipart/mixed; boundary=XX", good).find("content type") != std::string::npos);
    CHECK(refusal_of("multipart/form-data", good) == "The multipart boundary is missing");
    CHECK(refusal_of("multipart/form-data; boundary=\"\"", good) ==
        "The multipart boundary is missing");
    CHECK(refusal_of("multipart/form-data; boundary=\"XX", good) ==
        "Unclosed quote in a multipart header");
    CHECK(refusal_of("multipart/form-data; boundary=" + std::string(71, 'X'), good) ==
        "The multipart boundary is invalid");
    CHECK(refusal_of("multipart/form-data; nonsense", good).find("Malformed") == 0);
    CHECK(refusal_of("").find("does not begin") != std::string::npos);
    CHECK(refusal_of("preamble\r\n" + good).find("does not begin") != std::string::npos);
    CHECK(refusal_of(good + "more") == "Text follows the end of the form");
    CHECK(refusal_of("--XXY\r\n\r\n\r\n--XX--") == "A multipart delimiter is malformed");
    CHECK(refusal_of("--XX\r\n\r\nvalue\r\n--XX--").find("Malformed") != 0);
    CHECK(refusal_of("--XX\r\nContent-Type: a\r\n\r\nv\r\n--XX--") ==
        "A multipart part has no Content-Disposition");
    CHECK(refusal_of("--XX\r\nno colon\r\n\r\nv\r\n--XX--") == "Malformed multipart header");
    CHECK(refusal_of("--XX\r\nContent-Disposition: form-data\r\n\r\nv\r\n--XX--") ==
        "A multipart part has no name");
    CHECK(refusal_of("--XX\r\nContent-Disposition: attachment; name=a\r\n\r\nv\r\n--XX--") ==
        "A multipart part must be form-data");
    CHECK(refusal_of(test_form().part("name=\"a", "", "v").text()).find("Unclosed quote") == 0);
    CHECK(refusal_of(test_form().part("name=\"\xff\"", "", "v").text()) ==
        "A multipart name must be UTF-8");
    CHECK(refusal_of(
              test_form().part("name=a", "Content-Disposition: form-data; name=b\r\n", "v").text()) ==
        "A multipart part has two dispositions");
    CHECK(refusal_of(
              test_form().part("name=a", "Content-Transfer-Encoding: base64\r\n", "v").text()) ==
        "Content-Transfer-Encoding is not supported");
    CHECK(refusal_of(
              test_form().part("name=a", "X: " + std::string(9000, 'x') + "\r\n", "v").text()) ==
        "The headers of a multipart part do not end");
    // Cut anywhere, it is no form; but a form may end without the last line end.
    for (std::size_t length = 0; length + 2 < good.size(); ++length)
        CHECK(refusal_of(good.substr(0, length)) != "accepted");
}

TEST_CASE("simulator multipart: thousands of parts are refused, the most allowed are not")
{
    test_form form;
    for (std::size_t i = 0; i < most_form_parts; ++i) form.field("f" + std::to_string(i), "v");
    CHECK(parsed(form.text()).size() == most_form_parts);
    form.field("one more", "v");
    CHECK(refusal_of(form.text()) == "The form has too many parts");
}

TEST_CASE("simulator multipart: damaged forms get 201 or 400, whatever the damage")
{
    std::uint64_t const seed = 20261128;
    MESSAGE("seed " << seed);
    random_source random(seed);
    auto const good = test_form()
                          .field("knowledge_base_name", "n")
                          .field("knowledge_base_urls", R"(["https://a.example"])")
                          .file("knowledge_base_files", "a.txt", "text")
                          .text();
    simulated_account account;
    int accepted = 0;
    for (int i = 0; i < 4000; ++i) {
        auto body = good;
        for (auto n = random.below(3) + 1; n > 0; --n) {
            auto const at = random.below(body.size());
            switch (random.below(4)) {
            case 0: body[at] = static_cast<char>(random.below(256)); break;
            case 1: body.erase(at, random.below(20)); break;
            case 2:
                body.insert(at, body.substr(random.below(body.size()), random.below(40)));
                break;
            case 3: body.insert(at, "\r\n--XX"); break;
            }
        }
        auto const status = send_form(account, "/create-knowledge-base", body).status;
        accepted += status == 201;
        if (status != 201 && status != 400) FAIL("status " << status << " for " << body);
    }
    CHECK(accepted > 0);
    CHECK(accepted < 4000);
}

TEST_CASE("simulator multipart: fields have the types of the resource")
{
    simulated_account account;
    auto const refused = [&](test_form const& form) {
        return std::string(
            expect_form(account, 400, "/create-knowledge-base", form).string_at("message"));
    };
    auto const named = [] { return test_form().field("knowledge_base_name", "n"); };
    expect_form(account, 201, "/create-knowledge-base", named());
    CHECK(refused(test_form()) == "knowledge_base_name is required");
    CHECK(
        refused(named().field("knowledge_base_name", "m")) == "knowledge_base_name is given twice");
    CHECK(refused(named().field("enable_auto_refresh", "yes")).find("must be JSON text") !=
        std::string::npos);
    CHECK(refused(named().field("enable_auto_refresh", "1")) ==
        "enable_auto_refresh must be a boolean");
    CHECK(refused(named().field("max_chunk_size", "\"2000\"")) == "max_chunk_size must be a number");
    CHECK(refused(named().field("knowledge_base_urls", "{}")) ==
        "knowledge_base_urls must be an array");
    CHECK(refused(named().field("knowledge_base_files", "text")) ==
        "knowledge_base_files must be a file");
    CHECK(refused(named().file("knowledge_base_urls", "u", "[]")) ==
        "knowledge_base_urls must not be a file");
    CHECK(refused(test_form().field("knowledge_base_name", "\xff")) ==
        "knowledge_base_name must be UTF-8");
    auto const json_body = account.refused(
        400, "POST", "/create-knowledge-base", json::object{{"knowledge_base_name", "n"}});
    CHECK(json_body == "The content type must be multipart/form-data");
    // And an operation that takes JSON takes no form.
    CHECK(send_form(account, "/create-retell-llm", named().text()).status == 400);
}
