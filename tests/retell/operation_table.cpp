#include "description.hpp"

#include <trunkline/retell/operation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace trunkline::retell;

namespace {

operation const& row(std::string_view name)
{
    auto const* op = find_operation(name);
    REQUIRE_MESSAGE(op != nullptr, std::string(name));
    return *op;
}

} // namespace

TEST_CASE("operation table: says what the interface description says")
{
    auto const reader = description::read();
    REQUIRE(reader.found.size() == 110);
    CHECK(operations().size() == reader.found.size());

    for (auto const& d : reader.found) {
        CAPTURE(d.sdk_name);
        auto const& op = row(d.sdk_name);
        CHECK(op.sdk_name == d.sdk_name);
        CHECK(op.method == d.method);
        CHECK(op.path == d.path);
        CHECK(op.success == d.success);
        CHECK((op.body != body_kind::none) == d.has_body);
        CHECK((op.body == body_kind::multipart) == d.multipart);
        bool const is_page = reader.pages.contains(d.result_schema);
        CHECK((op.result != result_kind::nothing) == d.has_result);
        CHECK((op.result == result_kind::array) == d.is_array);
        CHECK((op.result == result_kind::page) == is_page);
        bool const in_query = d.query.contains("pagination_key");
        bool const in_body = d.body_names.contains("pagination_key");
        CHECK(op.paging ==
            (!is_page          ? paging_kind::none
                    : in_query ? paging_kind::query
                               : paging_kind::body));
        CHECK((!is_page || in_query || in_body));
        auto const names = path_parameters(op);
        CHECK(std::ranges::equal(names, d.path_names));
        std::map<std::string, bool> query;
        for (auto const& q : op.query) query[std::string(q.name)] = q.required;
        CHECK(query == d.query);
    }
}

TEST_CASE("operation table: names are unique, kebab-case and the first fixed part of the path")
{
    std::set<std::string_view> sdk_names;
    for (auto const& op : operations()) {
        CAPTURE(op.name);
        CHECK(sdk_names.insert(op.sdk_name).second);
        CHECK(op.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
        CHECK(op.path.find(op.name) != std::string_view::npos);
        CHECK(find_operation(op.name) == &op);
    }
    CHECK(std::ranges::is_sorted(operations(), {}, &operation::name));
}

TEST_CASE("operation table: found by name, by SDK name and by the SDK's second name")
{
    CHECK(row("list-agents").path == "/v2/list-agents");
    CHECK(row("agent.list").name == "list-agents");
    CHECK(row("chat-agent.publish").name == "publish-agent-version");
    CHECK(find_operation("publish-agent") == nullptr);
    CHECK(find_operation("") == nullptr);
}

TEST_CASE("operation table: what costs or creates is never repeated blindly")
{
    for (auto const* name :
        {"create-agent", "create-agent-version", "create-phone-call", "create-phone-number",
            "create-batch-call", "import-phone-number", "publish-agent-version",
            "register-phone-call", "rerun-call-analysis", "rerun-chat-analysis", "create-web-call",
            "create-knowledge-base", "clone-voice", "create-sms-chat", "update-live-call"})
        CHECK_MESSAGE(row(name).retry == retry_class::once, name);
    for (auto const& op : operations()) {
        CAPTURE(op.name);
        if (op.method == "GET") CHECK(op.retry == retry_class::safe);
        if (op.method == "DELETE") CHECK(op.retry == retry_class::idempotent);
        if (op.name.starts_with("create-")) CHECK(op.retry == retry_class::once);
    }
    CHECK(row("update-agent").retry == retry_class::idempotent);
    CHECK(row("stop-call").retry == retry_class::idempotent);
    CHECK(row("update-test-case-definition").retry == retry_class::idempotent);
    CHECK(row("list-agents").retry == retry_class::safe);
    CHECK(row("list-calls").retry == retry_class::safe);
    CHECK(row("search-community-voice").retry == retry_class::safe);
}

TEST_CASE("operation table: what a success owes")
{
    for (auto const* name : {"publish-agent-version", "delete-agent", "stop-call", "end-chat"})
        CHECK_MESSAGE(row(name).result == result_kind::nothing, name);
    for (auto const* name :
        {"list-knowledge-bases", "list-voices", "get-mcp-tools", "get-agent-versions"})
        CHECK_MESSAGE(row(name).result == result_kind::array, name);
    CHECK(row("delete-knowledge-base-source").result == result_kind::object);
    for (auto const& op : operations()) {
        CAPTURE(op.name);
        CHECK((op.result == result_kind::page) == (op.paging != paging_kind::none));
    }
}

TEST_CASE("operation table: pages go on where the cursor belongs")
{
    CHECK(row("list-agents").paging == paging_kind::query);
    CHECK(row("list-agents").body == body_kind::json);
    CHECK(row("list-calls").paging == paging_kind::body);
    CHECK(row("list-contacts").paging == paging_kind::body);
    CHECK(row("list-phone-numbers").paging == paging_kind::query);
    CHECK(row("list-agent-versions").row_key == "version");
    CHECK(row("list-chats").row_key == "chat_id");
}
