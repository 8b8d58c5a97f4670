#include <trunkline/core/random.hpp>
#include <trunkline/retell/exchange.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

/// A part of a form as a strict reader finds it.
class part {
public:
    std::string head;
    std::string content;
};

/// Reads a form by its boundary alone, as RFC 7578 says.
std::vector<part> parts_of(http::request const& r)
{
    std::string const type(r.headers.get("Content-Type"));
    auto const mark = "--" + type.substr(type.find("boundary=") + 9);
    std::vector<part> out;
    std::size_t at = r.body.find(mark);
    REQUIRE(at == 0);
    while (true) {
        at += mark.size();
        if (r.body.substr(at) == "--\r\n") return out;
        REQUIRE(r.body.substr(at, 2) == "\r\n");
        auto const end = r.body.find("\r\n" + mark, at);
        REQUIRE(end != std::string::npos);
        auto const text = r.body.substr(at + 2, end - at - 2);
        auto const gap = text.find("\r\n\r\n");
        REQUIRE(gap != std::string::npos);
        out.push_back({text.substr(0, gap), text.substr(gap + 4)});
        at = end + 2;
    }
}

operation const& upload(std::string_view name = "create-knowledge-base")
{
    auto const* op = find_operation(name);
    REQUIRE(op != nullptr);
    return *op;
}

attachment file(std::string field, std::string filename, std::string content)
{
    attachment f;
    f.field = std::move(field);
    f.filename = std::move(filename);
    f.content = std::move(content);
    return f;
}

std::string refusal(arguments const& args)
{
    http::request r;
    diagnostics diag;
    auto const code = encode(upload(), args, r, diag);
    CHECK(code == errc::invalid_argument);
    return diag.message;
}

std::vector<part> sent(arguments const& args, std::string_view name = "create-knowledge-base")
{
    http::request r;
    diagnostics diag;
    REQUIRE_FALSE(encode(upload(name), args, r, diag));
    return parts_of(r);
}

} // namespace

TEST_CASE("form: a file of several goes out under one repeated name, without brackets")
{
    arguments args;
    args.with_body(json::parse(
        R"({"knowledge_base_name":"n","knowledge_base_texts":[{"title":"t","text":"x"}]})"));
    args.with_file(file("knowledge_base_files", "a.txt", "1"));
    args.with_file(file("knowledge_base_files", "b.txt", "2"));
    auto const parts = sent(args);
    REQUIRE(parts.size() == 4);
    CHECK(parts[1].content == R"([{"title":"t","text":"x"}])");
    CHECK(parts[2].head.find("name=\"knowledge_base_files\"; filename=\"a.txt\"") !=
        std::string::npos);
    CHECK(parts[3].head.find("name=\"knowledge_base_files\"; filename=\"b.txt\"") !=
        std::string::npos);
    CHECK(parts[3].content == "2");
}

TEST_CASE("form: only the last part of a path is sent as the name of a file")
{
    auto const name_sent = [](std::string path) {
        arguments args;
        args.with_file(file("file", std::move(path), "x"));
        auto const head = sent(args, "create-asset").at(0).head;
        auto const from = head.find("filename=\"") + 10;
        return head.substr(from, head.find('"', from) - from);
    };
    CHECK(name_sent("/srv/customers/jane doe.pdf") == "jane doe.pdf");
    CHECK(name_sent("C:\\Documents\\prices.pdf") == "prices.pdf");
    CHECK(name_sent("ends\\") == "file");
    CHECK(name_sent("") == "file");
    CHECK(name_sent("\xc3\xbc.txt") == "\xc3\xbc.txt");
    CHECK(name_sent(std::string("a\0b\n.txt", 8)) == "a%00b%0A.txt");
}

TEST_CASE("form: no name, file name or content type can forge a field")
{
    auto const field = [](std::string name) {
        return refusal(arguments().with_body(json::object{{name, "x"}}));
    };
    CHECK(field("a\"; filename=\"x").find("cannot be sent under this name") != std::string::npos);
    CHECK(field("a\r\nX: y").find('\n') == std::string::npos);
    CHECK(field("a\\").find("cannot be sent") != std::string::npos);
    CHECK(field("").find("cannot be sent") != std::string::npos);
    CHECK(refusal(arguments().with_file(file("a\"b", "f", "x"))).find("file field") !=
        std::string::npos);

    auto odd = file("file", "f", "x");
    odd.content_type = "text/plain\r\nContent-Disposition: form-data; name=\"forged\"";
    CHECK(refusal(arguments().with_file(odd)).find("content type") != std::string::npos);
    odd.content_type = "";
    CHECK(refusal(arguments().with_file(odd)).find("content type") != std::string::npos);
    CHECK(
        refusal(
            arguments().with_body(json::object{{"file", "text"}}).with_file(file("file", "f", "x")))
            .find("as text and as a file") != std::string::npos);
}

TEST_CASE("form: whatever the content is, it comes out as it went in")
{
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    random_source random(seed);
    std::string_view const pieces[] = {"\r\n", "--", "--trunkline-",
        "\r\n--trunkline-0123456789abcdef", "Content-Disposition: form-data; name=\"x\"",
        "\r\n\r\n", "\"", "\\"};
    auto const any = [&] {
        std::string out;
        for (auto n = random.below(40); n > 0; --n) {
            if (random.below(2) == 0) out += pieces[random.below(std::size(pieces))];
            else out += static_cast<char>(random.below(256));
        }
        return out;
    };
    for (int round = 0; round < 500; ++round) {
        arguments args;
        auto const text = std::string(pieces[random.below(std::size(pieces))]) + "text";
        args.with_body(json::object{{"knowledge_base_name", json::value(text)}});
        std::vector<std::string> contents;
        for (auto n = random.below(4); n > 0; --n) {
            contents.push_back(any());
            args.with_file(file("knowledge_base_files", any(), contents.back()));
        }
        auto const parts = sent(args);
        REQUIRE(parts.size() == contents.size() + 1);
        CHECK(parts[0].content == text);
        for (std::size_t i = 0; i < contents.size(); ++i) {
            CHECK(parts[i + 1].content == contents[i]);
            CHECK(parts[i + 1].head.starts_with(
                "Content-Disposition: form-data; name=\"knowledge_base_files\"; filename=\""));
            CHECK(std::count(parts[i + 1].head.begin(), parts[i + 1].head.end(), '\n') == 1);
        }
    }
}
