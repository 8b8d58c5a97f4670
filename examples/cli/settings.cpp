#include "settings.hpp"

#include "commands.hpp"
#include "text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace cli {
namespace {

using trunkline::sync::adopt;
using trunkline::sync::prefer;

template <class Number>
Number to_number(std::string_view option, std::string const& text, Number least, Number most)
{
    Number n{};
    auto const* const end = text.data() + text.size();
    auto const [stop, failed] = std::from_chars(text.data(), end, n);
    if (text.empty() || failed != std::errc() || stop != end || !(n >= least && n <= most))
        throw usage_error(std::string(option) + ": \"" + text +
            "\" is not a number in its range; see trunkline help");
    return n;
}

std::vector<std::string> split(std::string const& text, char at)
{
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        auto const to = std::min(text.find(at, from), text.size());
        if (to > from) parts.push_back(text.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

template <class Side>
Side to_side(std::string_view option, std::string const& text)
{
    if (text == "local") return Side::local;
    if (text == "remote") return Side::remote;
    throw usage_error(std::string(option) + ": \"" + text + "\" is neither local nor remote");
}

std::string not_empty(std::string_view option, std::string const& text)
{
    if (text.empty()) throw usage_error(std::string(option) + ": the value is empty");
    return text;
}

constexpr option_spec options[] = {
    {"--store", "URL", "",
        "where history, backups and secrets are kept (TRUNKLINE_STORE; sqlite://trunkline.db)",
        [](settings& s, std::string const& v) { s.store_url = not_empty("--store", v); }},
    {"--tenant", "NAME", "", "whose account (TRUNKLINE_TENANT; default)",
        [](settings& s, std::string const& v) { s.tenant = not_empty("--tenant", v); }},
    {"--environment", "NAME",
        "", "production, staging, ...: writing to a store of another one is refused (TRUNKLINE_ENVIRONMENT)",
        [](settings& s, std::string const& v) { s.environment = v; }},
    {"--key-file", "FILE", "", "the key that seals secrets in the store (beside the store)",
        [](settings& s, std::string const& v) { s.key_file = not_empty("--key-file", v); }},
    {"--actor", "NAME", "", "who does it, for history (TRUNKLINE_ACTOR; the login name)",
        [](settings& s, std::string const& v) { s.actor = v; }},
    {"--base-url", "URL", "", "the service (RETELL_BASE_URL; https://api.retellai.com)",
        [](settings& s, std::string const& v) { s.base_url = not_empty("--base-url", v); }},
    {"--api-key-file", "FILE", "",
        "file that holds the API key (otherwise RETELL_API_KEY; never an argument)",
        [](settings& s, std::string const& v) { s.api_key_file = not_empty("--api-key-file", v); }},
    {"--ca-file", "FILE", "",
        "certificates to trust instead of the system's, PEM (TRUNKLINE_CA_FILE)",
        [](settings& s, std::string const& v) { s.ca_file = v; }},
    {"--concurrency", "N", "", "requests under way at once (4; 16 with --rate or on this machine)",
        [](settings& s, std::string const& v) {
            s.concurrency = to_number<std::size_t>("--concurrency", v, 1, 256);
        }},
    {"--rate", "N", "", "requests a second, 0 for no limit (10, at first 20; none on this machine)",
        [](settings& s, std::string const& v) { s.rate = to_number<double>("--rate", v, 0, 1e6); }},
    {"--no-shared", "", "",
        "do not share rate and circuit breakers with other runs (TRUNKLINE_SHARED=off)",
        [](settings& s, std::string const&) { s.share = false; }},
    {"--timeout", "SECONDS", "", "longest time for one request (60)",
        [](settings& s, std::string const& v) {
            auto const seconds = to_number<double>("--timeout", v, 0.001, 86'400);
            s.timeout = std::chrono::milliseconds(std::llround(seconds * 1000));
        }},
    {"--insecure-http", "", "", "allow http:// to another machine: the key then travels in clear",
        [](settings& s, std::string const&) { s.insecure_http = true; }},
    {"--json", "", "", "exactly one JSON document on standard output",
        [](settings& s, std::string const&) { s.json = true; }},
    {"--yes", "", "", "do not ask", [](settings& s, std::string const&) { s.yes = true; }},
    {"--dry-run", "", "", "say what would be done, change nothing",
        [](settings& s, std::string const&) { s.dry_run = true; }},
    {"--quiet", "", "", "only results and errors",
        [](settings& s, std::string const&) { s.quiet = true; }},
    {"--color", "", "", "colours also when piped",
        [](settings& s, std::string const&) { s.color = true; }},
    {"--no-color", "", "", "no colours (as NO_COLOR)",
        [](settings& s, std::string const&) { s.color = false; }},
    {"--title", "TEXT", "", "title of the release",
        [](settings& s, std::string const& v) { s.title = v; }},
    {"--allow", "GUARD,...", "",
        "let a guarded change pass: tools-removed, webhook-removed, prompt-shrinks, ...",
        [](settings& s, std::string const& v) {
            for (auto& g : split(v, ',')) s.allow.push_back(std::move(g));
        }},
    {"--prefer", "local|remote", "", "whose word counts where both sides changed something",
        [](settings& s, std::string const& v) { s.prefer = to_side<prefer>("--prefer", v); }},
    {"--adopt", "local|remote", "pull", "what to do with files of unknown origin that differ",
        [](settings& s, std::string const& v) { s.adopt = to_side<adopt>("--adopt", v); }},
    {"--out", "FILE", "plan", "write the plan, for apply --plan",
        [](settings& s, std::string const& v) { s.out_file = not_empty("--out", v); }},
    {"--plan", "FILE", "apply", "release this plan instead of a folder",
        [](settings& s, std::string const& v) { s.plan_file = not_empty("--plan", v); }},
    {"--last", "", "rollback", "the newest release that changed something",
        [](settings& s, std::string const&) { s.last = true; }},
    {"--since", "RELEASE", "rollback", "every release from the newest down to this one",
        [](settings& s, std::string const& v) { s.since = not_empty("--since", v); }},
    {"--journal", "", "show history", "every step that was recorded",
        [](settings& s, std::string const&) { s.journal = true; }},
    {"--of", "RESOURCE", "history show diff",
        "one resource only: agents/NAME, llms/NAME, a number, an id",
        [](settings& s, std::string const& v) { s.of = not_empty("--of", v); }},
    {"--limit", "N", "history", "the newest N releases",
        [](settings& s, std::string const& v) {
            s.limit = to_number<std::size_t>("--limit", v, 1, 1'000'000);
        }},
    {"--show-secrets", "", "call", "do not mask secrets in the answer",
        [](settings& s, std::string const&) { s.show_secrets = true; }},
    {"--file", "FIELD=PATH", "call", "send a file with a form; may be repeated",
        [](settings& s, std::string const& v) { s.files.push_back(v); }},
    {"--all", "", "call", "every page of a list, one row a line",
        [](settings& s, std::string const&) { s.all = true; }},
    {"--explain", "", "call", "what was sent, waited for, repeated, and why",
        [](settings& s, std::string const&) { s.explain = true; }},
    {"--zone", "ZONE", "mask", "log (the default), error, api, webhook_out, export or transcript",
        [](settings& s, std::string const& v) { s.zone = v; }},
    {"--policy", "FILE", "mask", "what is masked and how, as JSON (docs/masker.md)",
        [](settings& s, std::string const& v) { s.policy_file = not_empty("--policy", v); }},
    {"--jsonl", "", "mask", "lines {\"id\", \"text\"} in, lines {\"id\", \"out\"} out",
        [](settings& s, std::string const&) { s.json_lines = true; }},
    {"--from", "DIR", "export", "a folder instead of the service",
        [](settings& s, std::string const& v) { s.from_folder = not_empty("--from", v); }},
    {"--into", "DIR", "import", "the folder that is to hold the new account",
        [](settings& s, std::string const& v) { s.into = not_empty("--into", v); }},
    {"--secrets", "FILE", "import", "secrets by name, a JSON object; - is standard input",
        [](settings& s, std::string const& v) { s.secrets_file = not_empty("--secrets", v); }},
    {"--secrets-from-env", "", "import", "secrets are environment variables of these names",
        [](settings& s, std::string const&) { s.secrets_from_env = true; }},
    {"--map", "FILE", "import",
        "ids to put in place of others, {\"knowledge-base\": {\"old\": \"new\"}}",
        [](settings& s, std::string const& v) { s.map_file = not_empty("--map", v); }},
    {"--config", "FILE", "lint", "severities, limits and exceptions, as JSON (docs/lint.md)",
        [](settings& s, std::string const& v) { s.lint_config = not_empty("--config", v); }},
    {"--fail-on", "SEVERITY", "lint", "error (the default), warning or never",
        [](settings& s, std::string const& v) { s.fail_on = v; }},
    {"--rules", "", "lint", "list the rules",
        [](settings& s, std::string const&) { s.lint_rules = true; }},
    {"--directory", "DIR", "shm", "where the segments are (/dev/shm)",
        [](settings& s, std::string const& v) { s.directory = not_empty("--directory", v); }},
    {"--help", "", "", "help, of the command if one is named",
        [](settings& s, std::string const&) { s.help = true; }},
};

std::string variable(char const* name, std::string fallback = {})
{
    auto const* const value = std::getenv(name);
    return value && *value ? value : std::move(fallback);
}

[[noreturn]] void refuse_unknown_option(std::string const& name)
{
    // A key given as argument could be read by every user of the machine; it is not repeated here.
    if (name == "--api-key" || name == "--key" || name == "--token")
        throw usage_error(
            "the API key is never taken from the command line, where others could read it; "
            "set RETELL_API_KEY or use --api-key-file FILE");
    std::vector<std::string_view> names;
    for (auto const& o : options) names.push_back(o.name);
    auto const guess = nearest(name, names);
    throw usage_error("unknown option " + name +
        (guess.empty() ? std::string("; see trunkline help") : "; did you mean " + guess + "?"));
}

option_spec const& find_option(std::string const& name)
{
    auto const found =
        std::ranges::find(options, name == "-h" ? "--help" : name, &option_spec::name);
    if (found == std::end(options)) refuse_unknown_option(name);
    return *found;
}

void check_command(settings const& s)
{
    if (s.command.empty() || find_command(s.command)) return;
    std::vector<std::string_view> names;
    for (auto const& c : command_table()) names.push_back(c.name);
    auto const guess = nearest(s.command, names);
    throw usage_error("unknown command " + s.command +
        (guess.empty() ? std::string("; see trunkline help")
                       : "; did you mean " + guess + "? (trunkline help lists all)"));
}

void check_arguments(settings const& s, std::vector<option_spec const*> const& used)
{
    auto const* const command = find_command(s.command);
    if (!command || s.help) return;
    for (auto const* o : used)
        if (!applies(*o, s.command))
            throw usage_error(std::string(o->name) + " is an option of " +
                std::string(o->commands) + ", not of " + s.command);
    auto const n = s.arguments.size();
    if (n >= command->least && n <= command->most) return;
    auto const what = n < command->least ? std::string("something is missing")
                                         : "\"" + s.arguments[command->most] + "\" is too much";
    // An error is masked, and "--secrets FILE" looks as if it told one.
    auto usage = usage_of(*command);
    if (auto const cut = usage.find(" [--secrets"); cut != usage.npos)
        usage = usage.substr(0, cut) + " ..., see trunkline " + s.command + " --help";
    throw usage_error(what + "; " + usage);
}

} // namespace

std::span<option_spec const> option_table() noexcept
{
    return options;
}

bool applies(option_spec const& o, std::string_view command) noexcept
{
    if (o.commands.empty()) return true;
    auto rest = o.commands;
    while (!rest.empty()) {
        auto const end = std::min(rest.find(' '), rest.size());
        if (rest.substr(0, end) == command) return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

settings settings::from_environment()
{
    settings s;
    s.store_url = variable("TRUNKLINE_STORE", s.store_url);
    s.tenant = variable("TRUNKLINE_TENANT", s.tenant);
    s.environment = variable("TRUNKLINE_ENVIRONMENT");
    s.actor = variable("TRUNKLINE_ACTOR");
    s.ca_file = variable("TRUNKLINE_CA_FILE");
    s.shared_as = variable("TRUNKLINE_SHARED");
    if (s.shared_as == "off") s.share = false;
    s.redis_url = variable("TRUNKLINE_REDIS");
    s.redis_hosts = to_number<unsigned>(
        "TRUNKLINE_REDIS_HOSTS", variable("TRUNKLINE_REDIS_HOSTS", "1"), 1, 10'000);
    s.redis_strict = variable("TRUNKLINE_REDIS_STRICT") == "on";
    return s;
}

settings parse_command_line(int argc, char const* const* argv)
{
    auto s = settings::from_environment();
    std::vector<option_spec const*> used;
    bool options_end = false;
    for (int i = 1; i < argc; ++i) {
        std::string const word = argv[i];
        bool const is_option = !options_end && word.size() > 1 && word[0] == '-';
        if (is_option && word == "--") {
            options_end = true;
        } else if (is_option) {
            auto const equals = word.find('=');
            auto const& o = find_option(word.substr(0, equals));
            bool const has_value = equals != word.npos;
            if (o.value.empty() && has_value)
                throw usage_error(std::string(o.name) + " takes no value");
            // A value that looks like an option is more likely a forgotten one; "=" says it is meant.
            bool const forgotten = i + 1 == argc || std::string_view(argv[i + 1]).starts_with("--");
            if (!o.value.empty() && !has_value && forgotten)
                throw usage_error(std::string(o.name) + " needs a value: " + std::string(o.value));
            o.set(s, o.value.empty() ? "" : has_value ? word.substr(equals + 1) : argv[++i]);
            used.push_back(&o);
        } else if (s.command.empty()) {
            s.command = word;
        } else {
            s.arguments.push_back(word);
        }
    }
    check_command(s);
    check_arguments(s, used);
    return s;
}

bool asks_for_json(int argc, char const* const* argv) noexcept
{
    for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i)
        if (std::string_view(argv[i]) == "--json") return true;
    return false;
}

} // namespace cli
