#pragma once

#include "client.hpp"
#include "members.hpp"

#include <span>
#include <string_view>

namespace trunkline::capi {

class request_context {
public:
    account& owner;
    members& in;
    progress_target& progress;
};

/// A member of a request, as docs/requests.md lists it.
class member_spec {
public:
    std::string_view name, type, text;
    bool required = false;
};

/// A row of the table of requests: what docs/requests.md says is made from it.
class request_spec {
public:
    std::string_view name;
    std::string_view text;
    std::span<member_spec const> members;
    std::string_view answer;
    json::value (*run)(request_context&);
};

std::span<request_spec const> request_table() noexcept;

// Of the sync engine.
json::value run_pull(request_context&);
json::value run_plan(request_context&);
json::value run_apply(request_context&);
json::value run_rollback(request_context&);
json::value run_drift(request_context&);
json::value run_explain(request_context&);
// Of the store.
json::value run_history(request_context&);
json::value run_show(request_context&);
json::value run_diff(request_context&);
json::value run_backup(request_context&);
json::value run_restore(request_context&);
// Of files.
json::value run_lint(request_context&);
json::value run_export(request_context&);
json::value run_import(request_context&);
// Of the API.
json::value run_call(request_context&);
json::value run_operations(request_context&);
// Of this library.
json::value run_requests(request_context&);
json::value run_version(request_context&);

} // namespace trunkline::capi
