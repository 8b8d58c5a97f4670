#pragma once

#include <trunkline/sync/checkout.hpp>
#include <trunkline/sync/merge.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// What the program ends with; scripts rely on it.
enum class exit_code : int {
    done = 0, ///< Also: there was nothing to do.
    error = 1,
    changes = 2,  ///< plan, drift or lint found something.
    conflict = 3, ///< Changed here and at the service, or the plan is stale.
    partial = 4,  ///< Some of it is done, the rest is named.
    usage = 64,
    paused = 75, ///< The service refuses everything for its rate; the same again later goes on.
    interrupted = 130,
};

/// The command line is not understood; nothing was done.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What the program was asked to do, from arguments and environment.
class settings {
public:
    /// The environment's part: TRUNKLINE_STORE, TRUNKLINE_TENANT, ...
    static settings from_environment();

    std::string command;
    std::vector<std::string> arguments;
    bool help = false;

    std::string store_url = "sqlite://trunkline.db";
    std::string tenant = "default";
    std::string environment;
    std::string key_file;
    std::string actor;

    std::optional<std::string> base_url; ///< None: RETELL_BASE_URL or the service itself.
    std::string ca_file;
    std::string api_key_file;
    std::optional<std::size_t> concurrency;
    std::optional<double> rate;
    std::optional<std::chrono::milliseconds> timeout;
    bool insecure_http = false;
    bool share = true;     ///< The limits of the service with other runs on this machine.
    std::string redis_url; ///< Of other machines that do the same; may hold a password.
    unsigned redis_hosts = 1;
    bool redis_strict = false;
    std::string shared_as; ///< Under this name; empty: as the environment is called.

    bool json = false;
    bool quiet = false;
    bool yes = false;
    bool dry_run = false;
    std::optional<bool> color;

    std::string title;
    std::vector<std::string> allow;
    trunkline::sync::prefer prefer = trunkline::sync::prefer::neither;
    trunkline::sync::adopt adopt = trunkline::sync::adopt::neither;

    std::string out_file;             ///< plan
    std::string plan_file;            ///< apply
    std::string since;                ///< rollback
    bool last = false;                ///< rollback
    bool journal = false;             ///< show, history
    std::string of;                   ///< history, show, diff: one resource
    std::optional<std::size_t> limit; ///< history
    bool show_secrets = false;        ///< call
    bool explain = false;             ///< call
    bool all = false;                 ///< call
    std::vector<std::string> files;   ///< call: FIELD=PATH
    std::string directory;            ///< shm
    std::string zone = "log";         ///< mask
    std::string policy_file;          ///< mask
    bool json_lines = false;          ///< mask
    std::string from_folder;          ///< export
    std::string into;                 ///< import
    std::string secrets_file;         ///< import
    std::string map_file;             ///< import
    bool secrets_from_env = false;    ///< import
    std::string lint_config;          ///< lint
    std::string fail_on = "error";    ///< lint
    bool lint_rules = false;          ///< lint
};

/// One option: a row of the table from which arguments are read and help is printed.
class option_spec {
public:
    std::string_view name;     ///< "--store"
    std::string_view value;    ///< "URL"; empty for a switch.
    std::string_view commands; ///< Commands that take it, separated by spaces; empty: all.
    std::string_view help;
    void (*set)(settings&, std::string const& value);
};
std::span<option_spec const> option_table() noexcept;
bool applies(option_spec const& o, std::string_view command) noexcept;

/// Throws usage_error. Options may stand anywhere; "--" ends them.
settings parse_command_line(int argc, char const* const* argv);
/// Whether errors of the command line itself are to be told as JSON.
bool asks_for_json(int argc, char const* const* argv) noexcept;

} // namespace cli
