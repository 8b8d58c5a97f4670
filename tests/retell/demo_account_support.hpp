#pragma once

#include <doctest/doctest.h>

#include <trunkline/retell/demo_account.hpp>

#include <map>
#include <string>
#include <string_view>

namespace trunkline::retell {

inline constexpr std::int64_t demo_now = 1'795'305'600'000; // 2026-11-22

/// What must hold for every account is looked at in these.
inline constexpr std::uint64_t demo_seeds[] = {1, 2, 3, 77};

/// One account a seed, made once for all tests.
inline json::value const& demo_account(std::uint64_t seed)
{
    static std::map<std::uint64_t, json::value> made;
    auto const at = made.find(seed);
    if (at != made.end()) return at->second;
    return made.emplace(seed, make_demo_account(seed, demo_now)).first->second;
}

inline json::array const& list(json::value const& from, std::string_view member)
{
    static json::array const none;
    auto const& v = from.at_or_null(member);
    return v.is_array() ? v.as_array() : none;
}

/// Calls f(entry, version document) for each version of each resource of a list.
template <class F>
void each_version(json::value const& account, std::string_view resources, F&& f)
{
    for (auto const& entry : list(account, resources))
        for (auto const& version : list(entry, "versions")) f(entry, version);
}

inline json::value const* find_by(json::array const& in, std::string_view key, std::string_view id)
{
    for (auto const& v : in)
        if (v.string_at(key) == id) return &v;
    return nullptr;
}

/// The engine document an agent document refers to, or null.
inline json::value const* engine_of(json::value const& account, json::value const& agent)
{
    auto const& ref = agent.at_or_null("response_engine");
    bool const flow = ref.string_at("type") == "conversation-flow";
    auto const id = flow ? "conversation_flow_id" : "llm_id";
    auto const* entry =
        find_by(list(account, flow ? "conversation_flows" : "retell_llms"), id, ref.string_at(id));
    if (!entry) return nullptr;
    for (auto const& v : list(*entry, "versions"))
        if (v.int_at("version") == ref.int_at("version")) return &v;
    return nullptr;
}

/// Number of the newest published version, or -1.
inline std::int64_t newest_published(json::value const& agent_entry)
{
    std::int64_t newest = -1;
    for (auto const& v : list(agent_entry, "versions"))
        if (v.bool_at("is_published")) newest = v.int_at("version");
    return newest;
}

} // namespace trunkline::retell
