#include "simulator_routes.hpp"

#include <trunkline/http/url.hpp>

namespace trunkline::retell::simulation {

namespace {

/// Routes by "METHOD /fixed/part/of/path", with a closing slash where a parameter follows.
using route_index = std::map<std::string, route const*, std::less<>>;

route_index const& indexed_routes()
{
    static route_index const index = [] {
        route_index out;
        auto const add = [&](route const& r) {
            auto const first = r.path.find("{}");
            if (first != r.path.npos && first + 2 != r.path.size()) return; // find_deeper()
            auto const fixed = r.path.substr(0, first);
            out.emplace(std::string(r.method) + ' ' + std::string(fixed), &r);
        };
        std::ranges::for_each(current_routes(), add);
        std::ranges::for_each(removed_routes(), add);
        return out;
    }();
    return index;
}

} // namespace

bool route::has_inferred_success() const noexcept
{
    constexpr std::string_view inferred[] = {"list-agents", "list-agent-versions", "repair-agent",
        "create-web-call", "update-live-call", "listen-live-call", "take-over-live-call",
        "rerun-call-analysis", "rerun-chat-analysis", "delete-chat"};
    return std::ranges::find(inferred, operation) != std::end(inferred);
}

bool route::knows(std::string_view parameter) const noexcept
{
    auto rest = query;
    while (!rest.empty()) {
        auto const name = rest.substr(0, rest.find(' '));
        if (name == parameter) return true;
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
    return false;
}

namespace {

bool is_removed(route const& r)
{
    auto const removed = removed_routes();
    return std::greater_equal<>()(&r, removed.data()) &&
        std::less<>()(&r, removed.data() + removed.size());
}

/// /fixed/{}/fixed/{}: none begins like a route with one parameter.
destination find_deeper(std::string_view method, std::string_view path)
{
    for (auto const& r : current_routes()) {
        auto const first = r.path.find("{}");
        if (first == r.path.npos || first + 2 == r.path.size() || r.method != method) continue;
        auto const between = r.path.substr(first + 2, r.path.size() - first - 4);
        if (!path.starts_with(r.path.substr(0, first))) continue;
        auto const rest = path.substr(first);
        auto const slash = rest.find('/');
        if (slash == rest.npos || slash == 0 || !rest.substr(slash).starts_with(between)) continue;
        auto const last = rest.substr(slash + between.size());
        if (last.empty() || last.find('/') != last.npos) continue;
        return {&r, http::percent_decode(rest.substr(0, slash), false),
            http::percent_decode(last, false)};
    }
    return {};
}

} // namespace

destination find_route(std::string_view method, std::string_view path)
{
    auto const& index = indexed_routes();
    std::string key(method);
    key += ' ';
    key += path;
    if (auto const i = index.find(key); i != index.end() && !key.ends_with('/'))
        return {i->second, {}, {}, is_removed(*i->second)};
    auto const slash = path.rfind('/');
    if (slash == path.npos || slash + 1 == path.size()) return {};
    key.resize(key.size() - (path.size() - slash - 1));
    auto const i = index.find(key);
    if (i != index.end())
        return {i->second, http::percent_decode(path.substr(slash + 1), false), {},
            is_removed(*i->second)};
    return find_deeper(method, path);
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query)
{
    std::vector<std::pair<std::string, std::string>> out;
    while (!query.empty()) {
        auto const item = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), item.size() + 1));
        if (item.empty()) continue;
        auto const equals = std::min(item.find('='), item.size());
        auto const value = item.substr(std::min(item.size(), equals + 1));
        out.emplace_back(
            http::percent_decode(item.substr(0, equals), true), http::percent_decode(value, true));
    }
    return out;
}

} // namespace trunkline::retell::simulation
