#include <trunkline/retell/demo_account.hpp>

#include "retell/demo_account_parts.hpp"

#include <algorithm>
#include <optional>

namespace trunkline::retell {

namespace {

using namespace demo;

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;
constexpr std::size_t drafts = 10, never_published = 6;

enum class engine_kind : std::uint8_t { llm, flow, custom };

/// Businesses whose reception and booking agents share one LLM.
constexpr std::size_t sharing_shops[] = {2, 10, 18};

class agent_plan {
public:
    std::size_t shop = 0;
    role_kind kind = role_kind::reception;
    engine_kind engine = engine_kind::llm;
    std::string id;
    std::string engine_id;
    int published = 1;     ///< Versions.
    bool draft = false;    ///< One more version, unpublished.
    bool shared = false;   ///< Its engine serves two agents,
    bool borrower = false; ///< and this is the second of them.
    bool unusual = false;  ///< Carries a tool of an unknown type.
    bool with_mcp = false;
    bool small_flow = false;

    int versions() const noexcept { return published + (draft ? 1 : 0); }
};

int history_length(role_kind kind, dice& d)
{
    auto const roll = d.between(1, 100);
    int const length = roll <= 50 ? 1
        : roll <= 78              ? 2
        : roll <= 92              ? 3
        : roll <= 97              ? 4
                                  : d.between(5, 6);
    // At least two at the reception, so that every main number can be pinned to an older one.
    return kind == role_kind::reception ? std::max(length, 2) : length;
}

std::vector<agent_plan> list_agents(dice& d)
{
    std::vector<agent_plan> plans;
    for (std::size_t shop = 0; shop < businesses().size(); ++shop)
        for (auto kind : {role_kind::reception, role_kind::booking, role_kind::night,
                 role_kind::callback, role_kind::complaint})
        {
            agent_plan p;
            p.shop = shop;
            p.kind = kind;
            p.id = "agent_" + d.hex(26);
            p.engine = plans.size() * 21 % 50 < 21 ? engine_kind::flow : engine_kind::llm; // 42 %
            p.published = history_length(kind, d);
            plans.push_back(std::move(p));
        }
    return plans;
}

/// Two agents of one business on one engine: they live through the same versions.
void share_engines(std::vector<agent_plan>& plans)
{
    for (std::size_t n = 0; n + 1 < plans.size(); ++n) {
        auto& first = plans[n];
        bool const shares = std::find(std::begin(sharing_shops), std::end(sharing_shops),
                                first.shop) != std::end(sharing_shops);
        if (!shares || first.kind != role_kind::reception) continue;
        auto& second = plans[n + 1];
        first.engine = second.engine = engine_kind::llm;
        first.shared = second.shared = second.borrower = true;
        second.published = first.published;
    }
}

/// Picks `count` of the agents that qualify.
template <class Qualifies, class Mark>
void mark_some(
    std::vector<agent_plan>& plans, std::size_t count, dice& d, Qualifies qualifies, Mark mark)
{
    std::vector<agent_plan*> candidates;
    for (auto& p : plans)
        if (qualifies(p)) candidates.push_back(&p);
    d.shuffle(candidates);
    for (std::size_t n = 0; n < std::min(count, candidates.size()); ++n) mark(*candidates[n]);
}

void mark_peculiar(std::vector<agent_plan>& plans, dice& d)
{
    for (auto& p : plans)
        if (businesses()[p.shop]->key == "bitfaden" && p.kind == role_kind::callback)
            p.engine = engine_kind::custom;
    // Main and second numbers point at the first two agents of a business, so those are published.
    auto const secondary = [](agent_plan const& p) {
        return p.kind != role_kind::reception && p.kind != role_kind::booking &&
            p.engine != engine_kind::custom;
    };
    mark_some(plans, never_published, d, secondary, [](agent_plan& p) {
        p.published = 0;
        p.draft = true;
    });
    auto const settled = [](agent_plan const& p) {
        return p.published > 0 && !p.shared && p.engine != engine_kind::custom;
    };
    mark_some(plans, drafts, d, settled, [](agent_plan& p) { p.draft = true; });
    auto const on_llm = [](agent_plan const& p) {
        return p.engine == engine_kind::llm && !p.unusual && !p.with_mcp;
    };
    mark_some(plans, 3, d, on_llm, [](agent_plan& p) { p.unusual = true; });
    mark_some(plans, 6, d, on_llm, [](agent_plan& p) { p.with_mcp = true; });
    auto const on_flow = [](agent_plan const& p) { return p.engine == engine_kind::flow; };
    mark_some(plans, 2, d, on_flow, [](agent_plan& p) { p.with_mcp = true; });
    mark_some(plans, 3, d, on_flow, [](agent_plan& p) { p.small_flow = true; });
}

void name_engines(std::vector<agent_plan>& plans, dice& d)
{
    for (std::size_t n = 0; n < plans.size(); ++n)
        plans[n].engine_id = plans[n].borrower     ? plans[n - 1].engine_id
            : plans[n].engine == engine_kind::flow ? "conversation_flow_" + d.hex(12)
                                                   : "llm_" + d.hex(28);
}

std::vector<agent_plan> plan_agents(dice& d)
{
    auto plans = list_agents(d);
    share_engines(plans);
    mark_peculiar(plans, d);
    name_engines(plans, d);
    return plans;
}

/// When each version was last changed, ascending; the newest one lies days back, the first one months.
std::vector<std::int64_t> moments(agent_plan const& p, std::int64_t now_ms, dice& d)
{
    std::vector<std::int64_t> out;
    auto at = now_ms - d.between(5, 70) * day_ms - d.between(0, 86'399'999);
    for (int v = 0; v < p.published; ++v) {
        out.push_back(at);
        at -= d.between(2, 45) * day_ms + d.between(0, 86'399'999);
    }
    std::reverse(out.begin(), out.end());
    if (p.draft)
        out.push_back(now_ms - d.between(20, 4 * 24 * 60) * minute_ms - d.between(0, 59'999));
    return out;
}

class version_text {
public:
    json::object agent, engine;
    revision made_by;
};

/// Content of all versions, ascending: the newest published one is what the parts make; older ones
/// are found by stepping back, a draft by going one step on.
std::vector<version_text> write_versions(
    agent_plan const& p, agent_context const& c, json::object engine, dice& d)
{
    std::vector<version_text> out;
    version_text now{make_agent(c, d), std::move(engine), {}};
    if (p.published > 0 && p.draft) {
        auto draft = now;
        draft.made_by = open_draft(draft.agent, draft.engine, c.shop, d);
        out.push_back(std::move(draft));
    }
    for (int v = std::max(p.published, 1) - 1; v > 0; --v) {
        auto older = now;
        now.made_by = step_back(older.agent, older.engine, d);
        out.push_back(std::move(now));
        now = std::move(older);
    }
    now.made_by.title = p.published == 0 ? "Erster Entwurf" : "Erste Fassung";
    out.push_back(std::move(now));
    std::reverse(out.begin(), out.end());
    return out;
}

json::object response_engine(agent_plan const& p, credentials const& keys, int version)
{
    switch (p.engine) {
    case engine_kind::llm:
        return {{"type", "retell-llm"}, {"llm_id", p.engine_id}, {"version", version}};
    case engine_kind::flow:
        return {{"type", "conversation-flow"}, {"conversation_flow_id", p.engine_id},
            {"version", version}};
    case engine_kind::custom: break;
    }
    return {{"type", "custom-llm"},
        {"llm_websocket_url", "wss://tools.example.test/llm?token=" + keys.socket_token}};
}

json::object merged(json::object head, json::object const& tail)
{
    for (auto const& m : tail) head.set(m.key, m.val);
    return head;
}

json::object agent_document(agent_plan const& p, credentials const& keys, version_text const& text,
    int version, std::int64_t at)
{
    json::object doc{{"agent_id", p.id}, {"version", version},
        {"is_published", version < p.published},
        {"base_version", version == 0 ? json::value() : json::value(version - 1)},
        {"version_title", text.made_by.title},
        {"version_description",
            text.made_by.description.empty() ? json::value() : json::value(text.made_by.description)},
        {"last_modification_timestamp", at}, {"response_engine", response_engine(p, keys, version)}};
    return merged(std::move(doc), text.agent);
}

json::object engine_document(
    agent_plan const& p, version_text const& text, int version, std::int64_t at)
{
    auto const id = p.engine == engine_kind::flow ? "conversation_flow_id" : "llm_id";
    return merged({{id, p.engine_id}, {"version", version}, {"is_published", version < p.published},
                      {"last_modification_timestamp", at}},
        text.engine);
}

/// Tags are kept beside the versions; the newest published one is usually "prod".
std::optional<json::object> tags_of(agent_plan const& p, dice& d)
{
    if (p.published == 0 || !d.chance(55)) return {};
    json::object tags{{"prod", json::object{{"version", p.published - 1}}}};
    if (p.draft) tags.set("staging", json::object{{"version", p.published}});
    return tags;
}

void assign_tags(json::array& versions, json::object const& tags)
{
    for (auto const& tag : tags) {
        auto& doc = versions[static_cast<std::size_t>(tag.val.int_at("version"))].as_object();
        if (!doc.contains("assigned_tags")) doc.set("assigned_tags", json::array{});
        doc.find("assigned_tags")->as_array().push_back(tag.key.text());
    }
}

class account_writer {
public:
    account_writer(std::uint64_t seed, std::int64_t now_ms)
        : dice_(seed), now_ms_(now_ms), plans_(plan_agents(dice_))
    {
        for (std::size_t n = 0; n < businesses().size(); ++n) keys_.emplace_back(dice_);
    }

    json::value write()
    {
        for (std::size_t n = 0; n < plans_.size(); ++n) write_agent(n);
        auto part = dice_.fork();
        auto const numbers = make_phone_numbers(published_agents(), keys_, now_ms_, part);
        auto const made = agents_.size() + llms_.size() + flows_.size() + numbers.size();
        return json::object{{"format", 1}, {"agents", std::move(agents_)},
            {"retell_llms", std::move(llms_)}, {"conversation_flows", std::move(flows_)},
            {"phone_numbers", numbers}, {"next_id", made + 1}};
    }

private:
    /// Another published agent of the same business, and of it only.
    std::string sibling_of(std::size_t n) const
    {
        auto const& p = plans_[n];
        for (auto const& other : plans_)
            if (other.shop == p.shop && other.id != p.id && other.published > 0) return other.id;
        return p.id;
    }

    agent_context context_of(std::size_t n) const
    {
        auto const& p = plans_[n];
        auto const& shop = *businesses()[p.shop];
        agent_context c(shop, role_of(p.kind), keys_[p.shop], p.id, sibling_of(n));
        // People have lines of their own, apart from those of the account's numbers.
        c.transfer_number = fictional_number(shop.where, 800 + static_cast<unsigned>(n));
        c.with_mcp = p.with_mcp;
        c.with_unknown_tool = p.unusual;
        return c;
    }

    static json::object make_engine(agent_plan const& p, agent_context const& c, dice& d)
    {
        if (p.borrower) return {}; // it has none to change
        switch (p.engine) {
        case engine_kind::llm: return make_llm(c, d);
        case engine_kind::flow: return make_flow(c, p.small_flow, d);
        case engine_kind::custom: break;
        }
        return {};
    }

    void write_agent(std::size_t n)
    {
        auto const& p = plans_[n];
        auto part = dice_.fork();
        auto const c = context_of(n);
        auto const texts = write_versions(p, c, make_engine(p, c, part), part);
        // The borrower lives with the versions of the agent before it.
        auto const at = p.borrower ? shared_moments_ : moments(p, now_ms_, part);
        if (p.shared) shared_moments_ = at;

        json::array agent, engine;
        for (int v = 0; v < p.versions(); ++v) {
            auto const& text = texts[static_cast<std::size_t>(v)];
            auto const moment = at[static_cast<std::size_t>(v)];
            agent.push_back(agent_document(p, keys_[p.shop], text, v, moment));
            engine.push_back(engine_document(p, text, v, moment - part.between(900, 40'000)));
        }
        json::object entry{{"agent_id", p.id}};
        if (auto tags = tags_of(p, part)) {
            assign_tags(agent, *tags);
            entry.set("tags", *std::move(tags));
        }
        entry.set("versions", std::move(agent));
        agents_.push_back(std::move(entry));
        if (p.engine == engine_kind::llm && !p.borrower)
            llms_.push_back(json::object{{"llm_id", p.engine_id}, {"versions", std::move(engine)}});
        if (p.engine == engine_kind::flow)
            flows_.push_back(json::object{
                {"conversation_flow_id", p.engine_id}, {"versions", std::move(engine)}});
    }

    std::vector<published_agent> published_agents() const
    {
        std::vector<published_agent> out;
        for (auto const& p : plans_) {
            if (p.published == 0) continue;
            published_agent a;
            a.agent_id = p.id;
            a.shop = p.shop;
            a.kind = p.kind;
            a.newest = p.published - 1;
            out.push_back(std::move(a));
        }
        return out;
    }

    dice dice_;
    std::int64_t now_ms_;
    std::vector<agent_plan> plans_;
    std::vector<credentials> keys_;
    std::vector<std::int64_t> shared_moments_;
    json::array agents_, llms_, flows_;
};

} // namespace

json::value make_demo_account(std::uint64_t seed, std::int64_t now_ms)
{
    return account_writer(seed, now_ms).write();
}

} // namespace trunkline::retell
