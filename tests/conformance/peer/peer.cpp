// Trunkline's half of the conformance tests: the library, asked by one JSON document a line and
// answering by one.
//
//   {"call": "get-agent", "arguments": {...}, "files": [{"field": ..., "content": ...}]}
//   {"operations": true}
//   {"sign": "body", "key": "...", "at": unix ms}
//   {"verify": "body", "signature": "v=...,d=...", "key": "...", "now": unix ms}
//
// RETELL_API_KEY and RETELL_BASE_URL say where calls go; none is repeated.

#include <trunkline/core/json.hpp>
#include <trunkline/retell/client.hpp>
#include <trunkline/retell/webhook_signature.hpp>

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <optional>

namespace {

namespace asio = boost::asio;
namespace json = trunkline::json;
namespace retell = trunkline::retell;

retell::client_options options()
{
    auto o = retell::client_options::from_environment();
    o.max_attempts = 1;
    return o;
}

retell::attachment attachment_of(json::value const& v)
{
    retell::attachment a;
    a.field = v.string_at("field");
    a.filename = v.string_at("filename");
    a.content_type = v.string_at("content_type", a.content_type);
    a.content = v.string_at("content");
    return a;
}

json::object failure(std::string_view message, int status = 0)
{
    return {{"ok", false}, {"status", status}, {"error", message}};
}

json::object list_operations()
{
    json::array list;
    for (auto const& op : retell::operations())
        list.push_back(json::object{{"name", op.name}, {"method", op.method}, {"path", op.path},
            {"success", op.success}, {"multipart", op.body == retell::body_kind::multipart}});
    return {{"ok", true}, {"operations", std::move(list)}};
}

json::object sign(json::value const& question)
{
    return {{"ok", true},
        {"signature",
            retell::make_signature(
                question.string_at("sign"), question.string_at("key"), question.int_at("at"))}};
}

json::object verify(json::value const& question)
{
    auto const check = retell::verify_signature(question.string_at("verify"),
        question.string_at("signature"), question.string_at("key"), question.int_at("now"));
    return {{"ok", true}, {"result", retell::name(check.result)}};
}

class peer {
public:
    json::object answer(json::value const& question)
    {
        if (question.find("call")) return call(question);
        if (question.find("operations")) return list_operations();
        if (question.find("sign")) return sign(question);
        if (question.find("verify")) return verify(question);
        return failure("no such question");
    }

private:
    json::object call(json::value const& question)
    {
        auto const* op = retell::find_operation(question.string_at("call"));
        if (!op) return failure("no such operation");
        auto const* given = question.find("arguments");
        auto args = retell::arguments::from_json(*op, given ? *given : json::object{});
        if (auto const* files = question.find("files"))
            for (auto const& f : files->as_array()) args.with_file(attachment_of(f));
        trunkline::diagnostics diag;
        std::optional<json::object> said;
        client_.async_call(
            *op, std::move(args), diag, [&](trunkline::error_code code, retell::answer a) {
                if (code) said = failure(diag.message, diag.http_status);
                else said = {{"ok", true}, {"status", a.status}, {"body", std::move(a.body)}};
            });
        context_.restart();
        while (!said) context_.run_one();
        return std::move(*said);
    }

    asio::io_context context_{1};
    retell::client client_{context_.get_executor(), options()};
};

} // namespace

int main()
{
    std::ios::sync_with_stdio(false);
    try {
        peer p;
        for (std::string line; std::getline(std::cin, line);) {
            json::object said;
            try {
                said = p.answer(json::parse(line));
            } catch (std::exception const& e) {
                said = failure(e.what());
            }
            std::cout << json::to_text(std::move(said)) << std::endl;
        }
    } catch (std::exception const& e) {
        std::cerr << "conformance_peer: " << e.what() << '\n';
        return 1;
    }
    return 0;
}
