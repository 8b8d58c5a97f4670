#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/core/random.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The parts make_demo_account() is put together from.
namespace trunkline::retell::demo {

/// Seeded choices.
class dice {
public:
    explicit dice(std::uint64_t seed) noexcept : source_(seed) {}

    std::size_t below(std::size_t bound) noexcept { return source_.below(bound); }
    /// Uniform in [low, high].
    int between(int low, int high) noexcept
    {
        return low + static_cast<int>(source_.below(static_cast<std::uint64_t>(high - low) + 1));
    }
    bool chance(int percent) noexcept { return between(1, 100) <= percent; }
    std::string hex(std::size_t digits);
    template <class T>
    T const& pick(std::span<T const> from) noexcept
    {
        return from[below(from.size())];
    }
    std::string_view pick(std::initializer_list<std::string_view> from) noexcept
    {
        return from.begin()[below(from.size())];
    }
    template <class T>
    void shuffle(std::vector<T>& items)
    {
        for (std::size_t n = items.size(); n > 1; --n) std::swap(items[n - 1], items[below(n)]);
    }
    /// A stream of its own, so that a change of one part leaves the others as they were.
    dice fork() noexcept { return dice(source_.next()); }

private:
    random_source source_;
};

class service {
public:
    std::string_view name;
    int minutes;
    int euro;
};

class question {
public:
    std::string_view asked;
    std::string_view answer;
};

/// Something a caller is asked for.
class detail {
public:
    std::string_view variable;
    std::string_view description;
    std::string_view asked;
};

enum class city { berlin, frankfurt, hamburg, koeln, muenchen };
std::string_view name_of(city c) noexcept;

class business {
public:
    std::string_view key; ///< Part of URLs.
    std::string_view name;
    std::string_view trade;
    std::string_view intro; ///< One sentence.
    city where;
    std::string_view street;
    std::string_view assistant; ///< What the agents call themselves.
    std::string_view hours;
    std::string_view visit;   ///< What is booked, with its article in the accusative.
    std::string_view booking; ///< What the agent that books is called.
    std::string_view team;    ///< Whom a call is transferred to, in the dative.
    std::array<service, 8> services;
    std::array<question, 5> questions;
    std::array<std::string_view, 4> rules;
    std::array<std::string_view, 3> urgent;
    std::array<detail, 4> details;
    std::array<std::string_view, 6> terms; ///< Words the recogniser should know.
};

/// All of them, 24.
std::span<business const* const> businesses();
std::span<business const> businesses_of_health();
std::span<business const> businesses_of_craft();
std::span<business const> businesses_of_service();

enum class role_kind : std::uint8_t { reception, booking, night, callback, complaint };

class role {
public:
    role_kind kind;
    std::string_view key;
    std::string_view title;
    std::string_view purpose; ///< Completes "Ich rufe an wegen ...".
    std::array<std::string_view, 2> missions;
    std::array<std::string_view, 7> tasks;
    std::array<std::string_view, 7> steps;
    std::array<std::string_view, 4> dialogues;
    std::array<std::string_view, 5> limits;
    std::array<std::string_view, 2> greetings;
};

role const& role_of(role_kind kind);
/// "Empfang", or what this business calls its booking agent.
std::string_view title_of(business const& b, role const& r);

/// A heading with a pool of rules that hold for every agent.
class rule_pool {
public:
    std::string_view heading;
    std::span<std::string_view const> lines;
};
std::span<rule_pool const> general_rules();

/// Replaces %name%, %trade%, %city%, %street%, %assistant%, %hours%, %visit%, %team%, %service%
/// (one of them) and %urgent% (one of them).
std::string fill(std::string_view pattern, business const& b, dice& d);

/// Code points, not bytes.
std::size_t characters(std::string_view text) noexcept;

/// A prompt of at most `most` characters; as many as the material gives, and no paragraph twice.
std::string make_prompt(business const& b, role const& r, std::size_t most, dice& d);

/// The credentials one business uses in all its agents.
class credentials {
public:
    explicit credentials(dice& d);
    std::string bearer, header_key, query_key, cal_key, webhook_token, mcp_bearer, mcp_query,
        mcp_url_key, plugin_key, socket_token;
};

/// What the parts of one agent are made from.
class agent_context {
public:
    agent_context(business const& of, role const& in, credentials const& with, std::string id,
        std::string sibling)
        : shop(of), part(in), keys(with), agent_id(std::move(id)), sibling_id(std::move(sibling))
    {}
    business const& shop;
    role const& part;
    credentials const& keys;
    std::string agent_id;
    std::string sibling_id; ///< Another agent of the same business, to swap to.
    std::string transfer_number;
    bool with_mcp = false;
    bool with_unknown_tool = false; ///< One of a type the vendor's types do not know.
};

enum class function_kind : std::uint8_t {
    lookup_customer,
    current_time,
    create_callback,
    create_ticket,
    find_appointment,
    cancel_appointment,
    move_appointment,
    price_list,
    order_status,
    dispatch_on_call,
    confirm_by_mail,
    save_note,
    check_entitlement,
    request_quote,
};
inline constexpr std::size_t function_count = 14;

/// A custom tool: as one of an LLM, or with `tool_id` as one of a flow.
json::object custom_tool(function_kind f, agent_context const& c, dice& d);
std::string_view name_of(function_kind f) noexcept;
json::object availability_tool(agent_context const& c, int event_type);
json::object booking_tool(agent_context const& c, int event_type);
json::object transfer_destination(agent_context const& c, dice& d);
json::object transfer_option(agent_context const& c, dice& d);
/// 4 to 9 tools that fit the role.
json::array llm_tools(agent_context const& c, dice& d);
/// The tools of one state of an LLM, none of a name that is `taken`; theirs are added to those.
json::array state_tools(
    agent_context const& c, bool booking, std::vector<std::string>& taken, dice& d);
/// MCP servers; with secrets in headers, query and URL.
json::array mcp_servers(agent_context const& c);
/// Variables to extract, from what the business asks its callers for.
json::array variables_of(business const& b);

/// An engine as its newest version says it, without id, version and timestamp.
json::object make_llm(agent_context const& c, dice& d);
json::object make_flow(agent_context const& c, bool small, dice& d);
json::object make_agent(agent_context const& c, dice& d);

/// A change between two versions of an agent and its engine: what it is called, and the older one.
class revision {
public:
    revision() {}
    std::string title;
    std::string description;
};
/// Turns documents into what they were a version earlier.
revision step_back(json::object& agent, json::object& engine, dice& d);
/// Turns documents into what somebody is just trying out.
revision open_draft(json::object& agent, json::object& engine, business const& b, dice& d);

/// Where a phone number may send its calls.
class published_agent {
public:
    published_agent() {}
    std::string agent_id;
    std::size_t shop = 0; ///< Index of its business.
    role_kind kind = role_kind::reception;
    int newest = 0; ///< Newest published version.
};
json::array make_phone_numbers(std::span<published_agent const> agents,
    std::span<credentials const> keys, std::int64_t now_ms, dice& d);
/// A number in the city's block reserved for fiction; `line` below 1000 tells them apart.
std::string fictional_number(city c, unsigned line);

} // namespace trunkline::retell::demo
