#include "fault/turnover.hpp"

#include "fault/engine.hpp"

#include <trunkline/sync/snapshot.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace trunkline::fault {
namespace {

constexpr auto knowledge_file = "knowledge/praxis.json";
constexpr auto knowledge_unit = "knowledge/praxis";
constexpr std::string_view unreadable = "https://kaputt.example.test";

struct passing_object {
    char const* unit;
    char const* list;
    char const* id_member;
    char const* id;
};
/// An agent, its engine, the knowledge base of that, in this order.
constexpr std::array<passing_object, 3> passing_objects{
    {{"agents/alte-ansage", "agents", "agent_id", "agent_old"},
        {"llms/alte-ansage", "retell_llms", "llm_id", "llm_old"}, {"knowledge/alt", "", "", ""}}};

void write_knowledge(folder& files, std::string const& file, std::string const& name,
    std::string const& title, std::string const& text, std::string_view url)
{
    json::object document{{"knowledge_base_name", name},
        {"knowledge_base_texts", json::array{json::object{{"title", title}, {"text", text}}}},
        {"knowledge_base_urls", json::array{json::value(std::string(url))}}};
    files.write(file, json::to_text(json::value(std::move(document)), json::style::pretty) + "\n");
}

void refer(folder& files, std::string const& file, char const* knowledge)
{
    files.edit(file, [&](json::object& o) { o.set("knowledge_base_ids", json::array{knowledge}); });
}

std::string text_built(json::value const& sent)
{
    auto const& texts = sent.at_or_null("knowledge_base_texts");
    return texts.is_array() && !texts.as_array().empty()
        ? std::string(texts.as_array().front().string_at("text"))
        : std::string();
}

bool names(std::vector<sync::plan_conflict> const& conflicts, std::string_view unit)
{
    return std::ranges::any_of(conflicts, [&](auto const& c) { return c.unit == unit; });
}

json::array const& list_of(json::value const& account, std::string_view name)
{
    static json::array const none;
    auto const& list = account.at_or_null(name);
    return list.is_array() ? list.as_array() : none;
}

json::array versions_of(json::value const& account, std::string_view llm)
{
    for (auto const& l : list_of(account, "retell_llms"))
        if (l.string_at("llm_id") == llm) return list_of(l, "versions");
    return {};
}

} // namespace

void write_first_knowledge(folder& files, beginning const& start)
{
    write_knowledge(
        files, knowledge_file, "Praxis", "Preise", "Stand 0", "https://praxis.example.test");
    write_knowledge(files, "knowledge/alt.json", "Alt", "Alt", "Alt", "https://alt.example.test");
    for (auto const& u : start.knowledge_users) refer(files, u.engine_file, "@knowledge/praxis");
    refer(files, "llms/alte-ansage.json", "@knowledge/alt");
}

std::int64_t age_of(std::string_view text)
{
    std::int64_t n = 0;
    auto const digits = text.find_last_of(' ');
    if (!text.starts_with("Text ") && !text.starts_with("Neu ")) return 0;
    std::from_chars(text.data() + digits + 1, text.data() + text.size(), n);
    return n;
}

turnover::turnover(dashboard d, folder& files, beginning const& start)
    : dashboard_(d), folder_(files), start_(start), texts_{"Stand 0"}
{}

std::string turnover::subject_name(std::uint64_t subject)
{
    std::string out;
    for (std::size_t i = 0; i <= subject % passing_objects.size(); ++i)
        out += std::string(i ? ", " : "") + passing_objects[i].unit;
    return out;
}

// What people do.

void turnover::edit_knowledge(std::uint64_t subject)
{
    texts_.push_back("Stand " + std::to_string(++count_));
    // Nothing but the text: what is built can be told from the one before by its id alone.
    auto const title = subject % 2 ? "Preise " + std::to_string(count_) : std::string("Preise");
    write_knowledge(folder_, knowledge_file, "Praxis", title, texts_.back(),
        subject % 8 == 0 ? unreadable : "https://praxis.example.test");
}

void turnover::repair_knowledge()
{
    auto const* const text = folder_.find(knowledge_file);
    if (text && text->find(unreadable) != std::string::npos) edit_knowledge(1);
}

void turnover::ask_to_delete(std::uint64_t subject)
{
    for (std::size_t i = 0; i <= subject % passing_objects.size(); ++i) {
        std::string const unit = passing_objects[i].unit;
        deleted_.insert(unit);
        for (auto const& end : {".json", ".prompt.md"}) folder_.erase(unit + end);
    }
    json::array list;
    for (auto const& unit : deleted_) list.push_back(unit);
    folder_.write("deleted.json", json::to_text(json::object{{"delete", std::move(list)}}) + "\n");
}

void turnover::share_engine()
{
    auto const& from = start_.shared_agent;
    auto const live = dashboard_.ask(retell::get_agent(from, dashboard_.newest_published(from)));
    auto const opened = dashboard_.ask(
        retell::create_agent_version("agent_line", dashboard_.newest_published("agent_line")));
    auto const version = opened.int_at("version");
    json::object patch{{"response_engine", live.at_or_null("response_engine")}};
    dashboard_.ask(retell::update_agent("agent_line", version, json::value(std::move(patch))));
    dashboard_.ask(retell::publish_agent_version("agent_line", version));
    auto const engine = dashboard_.live_engine(from);
    shared_since_ = age_of(engine.string_at("general_prompt"));
    shared_versions_ = versions_of(dashboard_.account(), engine.string_at("llm_id")).size();
}

void turnover::rolled_back()
{
    rolled_back_ = true;
    folder_.erase("deleted.json"); // as docs/sync.md says: what was deleted is to come again
}

void turnover::note_live(built_knowledge const& built)
{
    std::vector<std::string> ignored;
    for (auto const& u : start_.knowledge_users)
        live_[u.agent].insert(live_knowledge(ignored, u.agent, built));
}

void turnover::published(built_knowledge const& built)
{
    // One apply may end two releases, the one that was interrupted and its own. What a rollback
    // publishes is what is judged.
    if (!rolled_back_) note_live(built);
}

// Afterwards.

std::string turnover::knowledge_in_file() const
{
    auto const* const file = folder_.find(knowledge_file);
    if (!file) return "(no file)";
    auto const text = text_built(json::parse(*file));
    if (!text.starts_with("@file:")) return text;
    auto const* const beside = folder_.find("knowledge/" + text.substr(6));
    return beside ? beside->substr(0, beside->find_last_not_of('\n') + 1) : "(no text)";
}

turnover::passing turnover::count_passing() const
{
    auto const account = dashboard_.account();
    passing p;
    for (auto const& a : list_of(account, "agents"))
        p.agents += list_of(a, "versions").back().string_at("agent_name") == "Alte Ansage";
    for (auto const& l : list_of(account, "retell_llms"))
        p.llms += list_of(l, "versions").back().string_at("general_prompt") == "Alte Ansage.";
    auto const bases = dashboard_.ask(retell::list_knowledge_bases());
    for (auto const& k : bases.as_array())
        p.knowledge += k.string_at("knowledge_base_name") == "Alt";
    return p;
}

std::map<std::string, std::string> turnover::copies(store::store const& s) const
{
    std::map<std::string, std::string> found;
    for (auto const& r : s.releases(engine::tenant())) {
        if (r.reverts == 0) continue;
        for (auto const& u : list_of(r.result, "units")) {
            auto const result = sync::unit_result_from(u);
            if (result.action == sync::unit_action::create_engine && !result.id.empty() &&
                result.name.find("-before-") != std::string::npos)
                found.emplace(result.id, result.name);
        }
    }
    return found;
}

namespace {

/// An agent that was kept from using the copy made for it says so.
bool is_named_unused(store::store const& s, std::string const& copy)
{
    for (auto const& r : s.releases(engine::tenant()))
        for (auto const& u : list_of(r.result, "units")) {
            auto const result = sync::unit_result_from(u);
            if (r.reverts != 0 && result.action == sync::unit_action::release &&
                result.state != sync::unit_state::done &&
                result.message.find(copy + ", made for it, is used by nobody") != std::string::npos)
                return true;
        }
    return false;
}

} // namespace

std::size_t turnover::count_copies(store::store const& s, std::vector<std::string>& violations) const
{
    auto const made = copies(s);
    auto const account = dashboard_.account();
    std::set<std::string> used;
    for (auto const& a : list_of(account, "agents"))
        for (auto const& v : list_of(a, "versions"))
            if (auto const e = sync::engine_of(v)) used.insert(e->id);
    std::map<std::string, std::string> there; // content by id
    for (auto const& l : list_of(account, "retell_llms"))
        if (std::string const id(l.string_at("llm_id")); made.contains(id))
            there.emplace(
                id, retell::managed_hash(retell::resource_kind::llm, list_of(l, "versions").at(0)));
    for (auto const& [id, content] : there) {
        if (used.contains(id)) continue;
        if (!is_named_unused(s, id))
            violations.push_back("O2: the private copy " + id + " is used by nobody");
        for (auto const& [other, same] : there)
            if (other != id && same == content && made.at(other) == made.at(id))
                violations.push_back(
                    "O2: the private copy " + id + " was made once more as " + other);
    }
    return there.size();
}

bool turnover::is_in_newest_version(std::string const& knowledge) const
{
    auto const account = dashboard_.account();
    for (auto const* const list : {"retell_llms", "conversation_flows"})
        for (auto const& record : list_of(account, list))
            for (auto const& id : list_of(list_of(record, "versions").back(), "knowledge_base_ids"))
                if (id.string_or("") == knowledge) return true;
    return false;
}

void turnover::check_knowledge(std::vector<std::string>& out, built_knowledge const& built,
    conflict_list const& conflicts) const
{
    auto const text = knowledge_in_file();
    // A file follows callers back, to what they were told before.
    bool const followed = rolled_back_ &&
        std::ranges::any_of(live_, [&](auto const& told) { return told.second.contains(text); });
    if (text != texts_.back() && !followed)
        out.push_back(
            "O1: the knowledge base's file says " + text + ", it was to say " + texts_.back());
    bool const held = names(conflicts, knowledge_unit);
    std::set<std::string> texts;
    for (auto const& u : start_.knowledge_users) {
        auto const live = live_knowledge(out, u.agent, built);
        texts.insert(live);
        // A conflict holds the whole resource back; the edit is still in the file then.
        bool const waits = held || names(conflicts, u.unit);
        // Taken back to what it was told before, or left at what it was told by then: nothing else.
        bool const returned = rolled_back_ && live_.at(u.agent).contains(live);
        if (live != text && !waits && !returned)
            out.push_back(
                "O1: callers of " + u.agent + " get knowledge " + live + ", the file says " + text);
    }
    if (rolled_back_ && conflicts.empty() && texts.size() == 1 && *texts.begin() != text)
        out.push_back("O1: all callers get knowledge " + *texts.begin() +
            " after a rollback, the file says " + text);
}

/// What callers of an agent can be told, by what its knowledge base was built from.
std::string turnover::live_knowledge(
    std::vector<std::string>& out, std::string const& agent, built_knowledge const& built) const
{
    auto const engine = dashboard_.live_engine(agent);
    auto const& ids = list_of(engine, "knowledge_base_ids");
    if (ids.size() != 1) {
        out.push_back("O3: " + agent + " uses " + std::to_string(ids.size()) +
            " knowledge bases instead of one");
        return {};
    }
    std::string const id(ids.front().string_or(""));
    auto const base = dashboard_.ask(retell::get_knowledge_base(id));
    if (base.string_at("status") != "complete")
        out.push_back("O3: " + agent + " uses " + id + ", which is not complete");
    auto const found = built.find(id);
    return found == built.end() ? "(unknown)" : text_built(found->second);
}

/// O2: each one that the account has is the one of a file, or is known as one that was superseded.
void turnover::check_orphans(
    std::vector<std::string>& out, store::store const& s, std::string const& workspace) const
{
    std::set<std::string> known;
    for (auto const& from : {std::string(sync::knowledge_workspace), workspace})
        for (auto const& row : s.bases(engine::tenant(), from))
            if (row.kind == "knowledge-base") known.insert(row.id);
    auto const bases = dashboard_.ask(retell::list_knowledge_bases());
    for (auto const& k : bases.as_array())
        if (std::string const id(k.string_at("knowledge_base_id")); !known.contains(id))
            out.push_back("O2: nobody knows the knowledge base " + id);
}

void turnover::check_deleted(std::vector<std::string>& out, conflict_list const& conflicts) const
{
    auto const there = count_passing();
    for (auto const& [what, n] : {std::pair("agents", there.agents), {"LLMs", there.llms},
             {"knowledge bases", there.knowledge}})
        if (n > 1)
            out.push_back("O2: " + std::to_string(n) + " " + what + " of the old announcement");
    for (std::size_t i = 0; i < passing_objects.size(); ++i) {
        std::string const unit = passing_objects[i].unit;
        auto const n = i == 0 ? there.agents : i == 1 ? there.llms : there.knowledge;
        bool const asked = deleted_.contains(unit);
        if (!asked && n == 0) out.push_back("O2: " + unit + " is gone, and nobody asked for it");
        if (asked && n > 0 && !rolled_back_ && !names(conflicts, unit))
            out.push_back("O1: " + unit + " was to be deleted and is still there");
    }
}

/// What a colleague gave to the second line is not taken away from it by a rollback of another.
void turnover::check_shared(std::vector<std::string>& out) const
{
    if (!shared_since_) return;
    auto const live = dashboard_.live_engine("agent_line");
    auto const prompt = live.string_at("general_prompt");
    if (age_of(prompt) < *shared_since_)
        out.push_back("O1: the second line says \"" + std::string(prompt) +
            "\", which is older than what a colleague gave it");
    auto const versions = versions_of(dashboard_.account(), live.string_at("llm_id"));
    for (std::size_t i = shared_versions_; i < versions.size(); ++i)
        if (auto const now = versions[i].string_at("general_prompt"); age_of(now) < *shared_since_)
            out.push_back("O1: the engine that two agents share was led back to \"" +
                std::string(now) + "\"");
}

std::vector<std::string> turnover::check(store::store const& s, std::string const& workspace,
    built_knowledge const& built, conflict_list const& conflicts) const
{
    std::vector<std::string> out;
    check_knowledge(out, built, conflicts);
    check_orphans(out, s, workspace);
    check_deleted(out, conflicts);
    check_shared(out);
    return out;
}

} // namespace trunkline::fault
