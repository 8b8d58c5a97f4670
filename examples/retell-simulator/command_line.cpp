#include "command_line.hpp"

#include <trunkline/http/url.hpp>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string_view>

char const* const usage_text =
    R"(usage: retell-simulator [options]

A stand-in for api.retellai.com: stateful, deterministic, for tests and demos.

  --listen HOST:PORT    where to answer (127.0.0.1:4010); port 0 takes any free one
  --allow-remote        permit an address that is not loopback
  --account WHAT        demo (a generated account), empty, or a state file to start from
  --state FILE          go on from this file if it exists, and save every change to it, before
                        it is answered: kill -9 loses nothing
  --api-key KEY         accept this key only; otherwise any key will do
  --latency MS          delay of each answer
  --rate-limit N        requests per second before 429
  --seed N              of generated ids and of the demo account (1)
  --tls CERT KEY        serve https with these PEM files

Webhooks, inbound questions and custom functions are really sent:
  --webhook-url URL     of the account; an agent's own replaces it, if it is on loopback
  --webhook-keys FILE   what they are signed with, one key a line, the first first
  --remote-webhooks     send to targets that are not loopback, too; without it their events go
                        to --webhook-url, and questions and functions fail
  --concurrency N       calls at a time (20)
  --call-speed X        people talk and ring X times faster (1)
  --calls-per-second N  begin N inbound calls a second, to the account's numbers in turn
  --script FILE         what happens in those, as JSON; see docs/simulator.md
  --help

RETELL_SIMULATOR_WEBHOOK_KEY in the environment is one key, used before those of the file; without
any, webhooks are not signed. RETELL_SIMULATOR_KEY in the environment is the same as --api-key, and
safer: arguments can be read by every user of the machine. State, request log, faults and switches are under
/__simulator/ without a key: GET state, log, stats, faults, options, deliveries; PUT state; POST
faults, options, edit, add-unknown-fields, calls, chats.

When ready it prints one line, "retell-simulator listening on URL". SIGTERM and SIGINT stop it.
)";

namespace {

template <class Number>
Number to_number(std::string_view option, std::string_view text, Number least, Number most)
{
    Number n{};
    auto const end = text.data() + text.size();
    auto const [stop, failed] = std::from_chars(text.data(), end, n);
    if (text.empty() || failed != std::errc() || stop != end || !(n >= least && n <= most))
        throw usage_error(std::string(option) + ": not a valid number: " + std::string(text));
    return n;
}

void parse_listen(settings& s, std::string_view text)
{
    auto const colon = text.rfind(':');
    if (colon == text.npos || colon == 0) throw usage_error("--listen: HOST:PORT is needed");
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    s.address = host;
    s.port = to_number<std::uint16_t>("--listen", text.substr(colon + 1), 0, 65535);
}

/// Keys never stand in arguments, which every user of the machine can read.
void read_keys(settings& s, std::string const& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in) throw usage_error("--webhook-keys: cannot read " + path);
    for (std::string line; std::getline(in, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        if (!line.empty()) s.webhook_keys.push_back(std::move(line));
    }
}

void check(settings const& s)
{
    trunkline::http::url where;
    where.host = s.address;
    if (!where.is_loopback() && !s.allow_remote)
        throw usage_error("--listen: " + s.address +
            " is not loopback; add --allow-remote if everyone "
            "who can reach it may read and change the account");
    if (!s.webhook_url.empty() && !trunkline::http::parse_url(s.webhook_url))
        throw usage_error("--webhook-url: not an http or https URL");
    if (!s.script_file.empty() && s.calls_per_second == 0)
        throw usage_error("--script: needs --calls-per-second, whose calls it describes");
}

/// The arguments, taken one by one.
class argument_list {
public:
    argument_list(int argc, char const* const* argv) : next_(argv + 1), end_(argv + argc) {}
    bool empty() const { return next_ == end_; }
    std::string_view take() { return *next_++; }
    std::string_view value_of(std::string_view option)
    {
        if (empty()) throw usage_error(std::string(option) + " needs a value");
        return take();
    }

private:
    char const* const* next_;
    char const* const* end_;
};

void parse_option(settings& s, std::string_view option, argument_list& rest)
{
    if (option == "--help" || option == "-h") s.help = true;
    else if (option == "--listen") parse_listen(s, rest.value_of(option));
    else if (option == "--allow-remote") s.allow_remote = true;
    else if (option == "--account") s.account = rest.value_of(option);
    else if (option == "--state") s.state_file = rest.value_of(option);
    else if (option == "--api-key") s.api_key = rest.value_of(option);
    else if (option == "--latency")
        s.latency = std::chrono::milliseconds(
            to_number<std::int64_t>(option, rest.value_of(option), 0, 3'600'000));
    else if (option == "--rate-limit")
        s.rate_limit = to_number<double>(option, rest.value_of(option), 0, 1e9);
    else if (option == "--seed")
        s.seed = to_number<std::uint64_t>(option, rest.value_of(option), 0, UINT64_MAX);
    else if (option == "--webhook-url") s.webhook_url = rest.value_of(option);
    else if (option == "--webhook-keys") read_keys(s, std::string(rest.value_of(option)));
    else if (option == "--remote-webhooks") s.remote_webhooks = true;
    else if (option == "--concurrency")
        s.concurrency = to_number<std::uint32_t>(option, rest.value_of(option), 1, 1'000'000);
    else if (option == "--call-speed")
        s.call_speed = to_number<double>(option, rest.value_of(option), 1e-3, 1e4);
    else if (option == "--calls-per-second")
        s.calls_per_second = to_number<double>(option, rest.value_of(option), 1e-3, 1e4);
    else if (option == "--script") s.script_file = rest.value_of(option);
    else if (option == "--tls") {
        s.certificate_file = rest.value_of(option);
        s.key_file = rest.value_of(option);
    } else throw usage_error("unknown option: " + std::string(option));
}

} // namespace

settings parse_command_line(int argc, char const* const* argv)
{
    settings s;
    if (char const* key = std::getenv("RETELL_SIMULATOR_KEY")) s.api_key = key;
    if (char const* key = std::getenv("RETELL_SIMULATOR_WEBHOOK_KEY"); key && *key)
        s.webhook_keys.emplace_back(key);
    argument_list rest(argc, argv);
    while (!rest.empty()) parse_option(s, rest.take(), rest);
    if (!s.help) check(s);
    return s;
}
