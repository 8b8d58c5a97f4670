#pragma once

#include <trunkline/sync/process.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::sync {

/// One way a contact on a number may take.
class answer_path {
public:
    answer_path() {}
    std::string direction; ///< "inbound_agents", "outbound_agents", ...
    std::string agent_id;
    std::string agent_name;
    std::string weight;         ///< As spelled by the service.
    std::string version_wanted; ///< "7", "latest", a tag, or empty.
    std::int64_t version = -1;  ///< What that resolves to now.
    bool published = false;
    std::string engine_kind;
    std::string engine_id;
    std::int64_t engine_version = -1;
    std::vector<std::string> tools; ///< "book_appointment (custom) tools.example.test"
    std::vector<std::string> why;
    std::vector<std::string> warnings;
};

/// What happens when somebody calls a number, and why.
class number_explanation {
public:
    number_explanation() {}
    std::string number;
    std::string nickname;
    std::string fallback;
    std::vector<answer_path> paths;
    std::vector<std::string> warnings;
    std::uint64_t requests = 0;
};

/// Follows a number to its agents, engines and tools, reading each from the service.
class explanation final : public stepwise {
public:
    explicit explanation(std::string number);

    /// After done().
    error_code result() const noexcept { return code_; }
    diagnostics const& diag() const noexcept { return diag_; }
    number_explanation take() { return std::move(out_); }

private:
    void on_number(call_outcome outcome);
    void follow(std::string_view direction, json::value const& pin);
    void on_agent(std::size_t path, call_outcome outcome);
    void on_engine(std::size_t path, call_outcome outcome);
    bool fail(call_outcome const& outcome);

    number_explanation out_;
    error_code code_;
    diagnostics diag_;
};

} // namespace trunkline::sync
