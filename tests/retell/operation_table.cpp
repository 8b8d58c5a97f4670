#include <trunkline/retell/operation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace trunkline::retell;

namespace {

/// One operation as the interface description states it.
class described {
public:
    std::string method;
    std::string path;
    std::string sdk_name;
    std::map<std::string, bool> query; ///< Name -> required.
    std::vector<std::string> path_names;
    bool has_body = false;
    bool multipart = false;
    bool has_result = false;
    int success = 0;
};

std::string trimmed(std::string const& line)
{
    auto const first = line.find_first_not_of(' ');
    return first == std::string::npos ? std::string() : line.substr(first);
}

std::string value_after(std::string const& text, std::string const& label)
{
    return text.starts_with(label) ? text.substr(label.size()) : std::string();
}

/// Reads just as much of the description as the table claims. It is machine-written: the
/// indentation of each level is fixed, so lines suffice.
class description_reader {
public:
    void line(std::string const& raw)
    {
        auto const indent = raw.find_first_not_of(' ');
        auto const text = trimmed(raw);
        if (indent == 0) in_paths_ = text == "paths:";
        if (!in_paths_ || text.empty()) return;
        if (indent == 2) path_ = text.substr(0, text.size() - 1);
        if (indent == 4) begin_operation(text.substr(0, text.size() - 1));
        if (indent == 6) section_ = text;
        if (indent == 6) operation_member(text);
        if (indent > 6 && section_ == "requestBody:" && text == "multipart/form-data:")
            now().multipart = true;
        if (section_ == "parameters:") parameter(indent, text);
        if (section_ == "responses:") response(indent, text);
    }

    std::vector<described> found;

private:
    described& now() { return found.back(); }

    void begin_operation(std::string method)
    {
        std::ranges::transform(method, method.begin(), [](char c) { return c & ~0x20; });
        found.emplace_back();
        now().method = method;
        now().path = path_;
    }

    void operation_member(std::string const& text)
    {
        if (text.starts_with("operationId: ")) now().sdk_name = value_after(text, "operationId: ");
        if (text == "requestBody:") now().has_body = true;
        if (text.starts_with("- in: ")) { // parameters are listed at the indentation of their key
            section_ = "parameters:";
            where_ = value_after(text, "- in: ");
        }
    }

    void parameter(std::size_t indent, std::string const& text)
    {
        if (indent != 8) return;
        if (text.starts_with("name: ")) parameter_ = value_after(text, "name: ");
        if (where_ == "path" && text.starts_with("name: ")) now().path_names.push_back(parameter_);
        if (where_ == "query" && text.starts_with("required: "))
            now().query[parameter_] = text == "required: true";
    }

    void response(std::size_t indent, std::string const& text)
    {
        if (indent == 8) in_success_ = text.starts_with("'2");
        if (indent == 8 && in_success_) now().success = std::stoi(text.substr(1, 3));
        if (indent == 10 && in_success_ && text == "content:") now().has_result = true;
    }

    bool in_paths_ = false;
    bool in_success_ = false;
    std::string path_;
    std::string section_;
    std::string where_;
    std::string parameter_;
};

std::filesystem::path shared_folder()
{
    if (auto const* set = std::getenv("TRUNKLINE_SHARED")) return set;
    return std::filesystem::path(TRUNKLINE_SOURCE_DIR) / ".." / "shared";
}

operation const& row(std::string_view name)
{
    auto const* op = find_operation(name);
    REQUIRE_MESSAGE(op != nullptr, std::string(name));
    return *op;
}

} // namespace

TEST_CASE("operation table: says what the interface description says")
{
    auto const file = shared_folder() / "retell" / "openapi-sdk-5.66.1.yaml";
    std::ifstream in(file);
    if (!in) {
        MESSAGE("skipped: no interface description (set TRUNKLINE_SHARED)");
        return;
    }
    description_reader reader;
    for (std::string line; std::getline(in, line);) reader.line(line);
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
        CHECK((op.result != result_kind::nothing) == d.has_result);
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
