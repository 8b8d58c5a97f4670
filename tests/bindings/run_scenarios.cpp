// Reads one step of scenarios.json a line, writes its result as one line: what the C++ library makes of it.
#include "run_scenarios.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>
#include <iostream>

namespace scenarios {

host::host() = default;
host::~host() = default;

json::value host::run(json::value const& step)
{
    auto const name = step.string_at("do");
    auto const cut = name.find('.');
    auto const room = name.substr(0, cut), what = name.substr(std::min(name.size(), cut + 1));
    if (room == "space") return space(what, step);
    if (room == "breaker") return breaker(what, step);
    if (room == "limiter") return limiter(what, step);
    if (room == "leases") return lease(what, step);
    if (room == "mask") return mask(what, step);
    if (room == "webhook") return webhook(what, step);
    if (name == "client.open") {
        accounts_[required_in(step, "as")] = open_account(step.at_or_null("options"));
        return true;
    }
    if (name == "client.request")
        return ask(*in(accounts_, step.string_at("on")), step.at_or_null("request"));
    if (name != "close") throw std::logic_error("no such step: " + std::string(name));
    auto const on = std::string(step.string_at("on"));
    if (auto const at = spaces_.find(on); at != spaces_.end()) {
        closed_.push_back(std::move(at->second));
        spaces_.erase(at);
        return {};
    }
    if (accounts_.erase(on) + breakers_.erase(on) + limiters_.erase(on) + leases_.erase(on) +
            maskers_.erase(on) + streams_.erase(on) ==
        0)
        throw std::logic_error("nothing is open under the name " + on);
    return {};
}

} // namespace scenarios

namespace {

scenarios::json::value result_of(scenarios::host& host, std::string const& line)
{
    namespace json = scenarios::json;
    try {
        return host.run(json::parse(line));
    } catch (json::parse_exception const&) {
        return json::object{{"error", "invalid_json"}};
    } catch (std::invalid_argument const&) {
        return json::object{{"error", "invalid_argument"}};
    } catch (trunkline::error const& e) {
        return json::object{
            {"error", trunkline::name(static_cast<trunkline::errc>(e.code().value()))}};
    } catch (std::exception const& e) {
        return json::object{{"broken_scenario", e.what()}};
    }
}

} // namespace

int main()
{
    auto host = std::make_unique<scenarios::host>();
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "{\"do\":\"new_case\"}") host = std::make_unique<scenarios::host>();
        else std::cout << scenarios::json::to_text(result_of(*host, line)) << std::endl;
    }
    return 0;
}
