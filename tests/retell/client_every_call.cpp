#include "client_support.hpp"
#include "description.hpp"

#include <trunkline/retell/paging.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace client_test;

namespace {

using described = description::operation;

bool fits(std::string_view pattern, std::string_view path)
{
    while (!pattern.empty() && !path.empty()) {
        auto const a = pattern.substr(0, pattern.find('/', 1));
        auto const b = path.substr(0, path.find('/', 1));
        if (!a.starts_with("/{") && a != b) return false;
        if (b.size() < 2) return false;
        pattern.remove_prefix(a.size());
        path.remove_prefix(b.size());
    }
    return pattern.empty() && path.empty();
}

/// Why a request is not one of the description; empty if it is.
std::string complaint(described const& d, http::request const& r)
{
    std::map<std::string, std::string> query;
    auto const mark = r.target.find('?');
    for (auto at = mark; at != std::string::npos && at + 1 < r.target.size();) {
        auto const end = r.target.find('&', at + 1);
        auto const pair = r.target.substr(at + 1, end == std::string::npos ? end : end - at - 1);
        query[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
        at = end;
    }
    for (auto const& [name, value] : query)
        if (!d.query.contains(name)) return "query parameter " + name + " is unknown";
    for (auto const& [name, required] : d.query)
        if (required && !query.contains(name)) return "query parameter " + name + " is missing";
    auto const type = r.headers.get("Content-Type");
    if (!d.has_body && (!r.body.empty() || !type.empty())) return "a body where none belongs";
    if (d.body_required && r.body.empty()) return "no body";
    if (d.multipart && !type.starts_with("multipart/form-data; boundary=")) return "no form";
    if (d.has_body && !d.multipart && !r.body.empty()) {
        if (type != "application/json") return "content type " + std::string(type);
        json::parse_error ignored;
        if (!json::parse(r.body, ignored)) return "a body that is not JSON";
    }
    return {};
}

http::reply success(description::reader const& all, described const& d)
{
    if (!d.has_result) return reply(d.success);
    if (d.is_array) return reply(d.success, R"([{"x":1}])");
    return reply(d.success,
        all.pages.contains(d.result_schema) ? R"({"items":[{"x":1}],"has_more":false})"
                                            : R"({"x":1})");
}

/// Arguments with which an operation can be called, as its help says.
arguments plausible(operation const& o)
{
    arguments args;
    for (auto const name : path_parameters(o)) args.set(name, "id_1");
    for (auto const& q : o.query) args.set(q.name, "1");
    if (o.body == body_kind::json) args.with_body(json::object{{"a", 1}});
    if (o.body == body_kind::multipart) {
        attachment f;
        f.field = "file";
        f.filename = "a.txt";
        f.content = "x";
        args.with_body(json::object{{"name", "n"}}).with_file(f);
    }
    return args;
}

} // namespace

TEST_CASE("client: each of the 110 operations can be called, as the description has it")
{
    auto const all = description::read();
    REQUIRE(all.found.size() == 110);
    std::map<std::string, int> asked;
    std::vector<std::string> wrong;
    bench b([&](http::request const& r, std::size_t) {
        auto const path = r.target.substr(0, r.target.find('?'));
        auto const d = std::ranges::find_if(all.found,
            [&](described const& x) { return x.method == r.method && fits(x.path, path); });
        if (d == all.found.end()) {
            wrong.push_back(r.method + " " + path + " is not described");
            return reply(404, R"({"message":"Cannot find it"})");
        }
        ++asked[d->sdk_name];
        if (auto const why = complaint(*d, r); !why.empty())
            wrong.push_back(d->sdk_name + ": " + why);
        if (r.headers.get("Authorization") != std::string("Bearer ").append(api_key))
            wrong.push_back(d->sdk_name + ": without the key");
        return success(all, *d);
    });
    b.options.recent_calls = 200;
    for (auto const& o : operations()) {
        CAPTURE(o.name);
        auto const call_ended = b.start(call(o, plausible(o)));
        CHECK(b.finish(call_ended) == "success");
        CHECK(call_ended->result.status == o.success);
        CHECK(call_ended->result.body.is_null() == (o.result == result_kind::nothing));
        if (page_walker::can_walk(o)) {
            auto const list = b.start_list(call(o, plausible(o)));
            CHECK(b.finish(list) == "success");
            CHECK(list->result.size() == 1);
        }
    }
    for (auto const& w : wrong) FAIL_CHECK(w);
    CHECK(asked.size() == 110);
    CHECK(b.client().recent_calls().size() >= 110);
}

TEST_CASE("client: each operation's failures name it, whatever the service answers")
{
    std::vector<http::reply> const answers = {reply(400, R"({"status":"error","message":"m"})"),
        reply(404, R"({"error_message":"m"})"), reply(422, "{"), reply(500, "<html>"), reply(302),
        ending(http::ending::reset_before), ending(http::ending::cut)};
    for (auto const& a : answers) {
        bench b([&](auto const&, auto) { return a; });
        b.options.max_attempts = 1;
        for (auto const& o : operations()) {
            CAPTURE(o.name);
            auto const failed = b.start(call(o, plausible(o)));
            CHECK(b.finish(failed) != "success");
            CHECK(failed->diag.operation == o.name);
            CHECK(failed->diag.message.starts_with(std::string(o.name) + ": "));
        }
    }
}
