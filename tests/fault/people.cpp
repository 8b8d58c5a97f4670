#include "fault/people.hpp"

#include <trunkline/sync/snapshot.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace trunkline::fault {
namespace {

constexpr std::array<char const*, 3> agents{"agent_reception", "agent_night", "agent_booking"};

} // namespace

/// One thing that both sides can edit.
class people::field {
public:
    enum class place : std::uint8_t { agent, engine, number };
    place where = place::agent;
    char const* id = "";
    char const* member = "";
    char const* file = ""; ///< Of a Markdown file the whole text.
    char const* unit = ""; ///< As conflicts name it.

    bool is_text() const { return std::string_view(file).ends_with(".md"); }
    bool is_number() const
    {
        return std::string_view(member) == "voice_speed" ||
            std::string_view(member) == "model_temperature";
    }
};

std::vector<people::field> const& people::fields()
{
    using place = field::place;
    static std::vector<field> const all{
        {place::engine, "agent_reception", "general_prompt",
            "llms/praxis-mueller-empfang.prompt.md", "agents/praxis-mueller-empfang"},
        {place::agent, "agent_reception", "voice_speed", "agents/praxis-mueller-empfang.json",
            "agents/praxis-mueller-empfang"},
        {place::agent, "agent_reception", "agent_name", "agents/praxis-mueller-empfang.json",
            "agents/praxis-mueller-empfang"},
        {place::engine, "agent_reception", "model_temperature", "llms/praxis-mueller-empfang.json",
            "agents/praxis-mueller-empfang"},
        {place::engine, "agent_night", "general_prompt", "llms/notdienst.prompt.md",
            "agents/notdienst"},
        {place::agent, "agent_night", "voice_speed", "agents/notdienst.json", "agents/notdienst"},
        {place::engine, "agent_booking", "model_temperature", "flows/praxis-mueller-termine.json",
            "agents/praxis-mueller-termine"},
        {place::agent, "agent_booking", "voice_speed", "agents/praxis-mueller-termine.json",
            "agents/praxis-mueller-termine"},
        {place::number, "+493023125001", "nickname", "numbers/+493023125001.json",
            "numbers/+493023125001"},
        {place::number, "+493023125003", "nickname", "numbers/+493023125003.json",
            "numbers/+493023125003"},
    };
    return all;
}

std::uint64_t people::versioned_fields()
{
    return static_cast<std::uint64_t>(std::ranges::count_if(
        fields(), [](field const& f) { return f.where != field::place::number; }));
}

people::people(dashboard d, folder& files) : dashboard_(d), folder_(files) {}

std::string people::subject_name(action a, std::uint64_t subject)
{
    if (a == action::edit_everything) return "every agent and number";
    if (a == action::open_draft) return agents[subject % agents.size()];
    if (a == action::create_in_files) return "agents/neu-" + std::to_string(subject % 3);
    auto const& f = fields()[subject % fields().size()];
    return std::string(f.id) + " " + f.member;
}

json::value people::next_value(field const& f)
{
    ++count_;
    if (f.is_number()) {
        auto const digits = std::to_string(600 + count_);
        return json::parse("0." + digits);
    }
    return "Text " + std::to_string(count_);
}

// Reading, behind the engine's back.

json::value people::live_value(field const& f) const
{
    if (f.where == field::place::number)
        return dashboard_.ask(retell::get_phone_number(f.id)).at_or_null(f.member);
    auto const agent = dashboard_.ask(retell::get_agent(f.id, dashboard_.newest_published(f.id)));
    if (f.where == field::place::agent) return agent.at_or_null(f.member);
    return dashboard_.live_engine(f.id).at_or_null(f.member);
}

json::value people::file_value(field const& f) const
{
    auto const& text = folder_.text(f.file);
    if (!f.is_text()) return json::parse(text).at_or_null(f.member);
    return text.substr(0, text.size() - 1); // a text file ends with a line break of its own
}

// Edits.

void people::edit_file(std::uint64_t subject)
{
    auto const index = subject % fields().size();
    auto const& f = fields()[index];
    auto& h = histories_[index];
    if (!h.original) h.original = live_value(f);
    auto const shown = file_value(f);
    h.local_knew_remote =
        h.remote && (shown == *h.remote || (h.local_knew_remote && h.local && shown == *h.local));
    h.remote_knew_local = false;
    if (h.local) h.earlier.push_back(*h.local);
    h.local = next_value(f);
    if (f.is_text()) folder_.write(f.file, h.local->as_string() + "\n");
    else folder_.edit(f.file, [&](json::object& o) { o.set(f.member, *h.local); });
}

void people::edit_dashboard(std::uint64_t subject)
{
    auto const index = subject % fields().size();
    auto const& f = fields()[index];
    auto& h = histories_[index];
    auto const now = live_value(f);
    if (!h.original) h.original = now;
    h.remote_knew_local =
        h.local && (now == *h.local || (h.remote_knew_local && h.remote && now == *h.remote));
    h.remote = next_value(f);
    json::object patch;
    patch.set(f.member, *h.remote);
    if (f.where == field::place::number) {
        dashboard_.ask(retell::update_phone_number(f.id, json::value(patch)));
        return;
    }
    auto const opened =
        dashboard_.ask(retell::create_agent_version(f.id, dashboard_.newest_published(f.id)));
    auto const version = opened.int_at("version");
    if (f.where == field::place::agent) {
        dashboard_.ask(retell::update_agent(f.id, version, json::value(patch)));
    } else {
        auto const e = sync::engine_of(opened);
        dashboard_.ask(e->kind == retell::resource_kind::llm
                ? retell::update_llm(e->id, e->version, json::value(patch))
                : retell::update_flow(e->id, e->version, json::value(patch)));
    }
    dashboard_.ask(retell::publish_agent_version(f.id, version));
}

void people::open_draft(std::uint64_t subject)
{
    std::string const agent = agents[subject % agents.size()];
    draft d;
    d.agent = agent;
    d.version =
        dashboard_.ask(retell::create_agent_version(agent, dashboard_.newest_published(agent)))
            .int_at("version");
    json::object patch;
    patch.set("agent_name", "Entwurf " + std::to_string(++count_));
    d.text =
        json::to_text(dashboard_.ask(retell::update_agent(agent, d.version, json::value(patch))));
    drafts_.push_back(std::move(d));
}

void people::create_in_files(std::uint64_t subject)
{
    auto const name = "neu-" + std::to_string(subject % 3);
    if (!created_.insert(name).second) return;
    // Two of the three engines are equal: what was created must not be taken for the other one.
    folder_.write("llms/" + name + ".json",
        R"({"model": "gpt-4.1", "general_prompt": "Hallo.", "start_speaker": ")" +
            std::string(subject % 3 == 2 ? "user" : "agent") + "\"}\n");
    folder_.write("agents/" + name + ".json",
        R"({"agent_name": "Neu", "voice_id": "11labs-Carola", "language": "de-DE",)"
        R"( "response_engine": {"type": "retell-llm", "llm_id": "@llms/)" +
            name + "\"}}\n");
}

void people::edit_everything()
{
    for (auto const& [file, text] : sync::file_set(folder_.files())) {
        auto const name = file.stem().stem().string();
        bool const prompt =
            file.string().starts_with("llms/a-") && file.string().ends_with(".prompt.md");
        if (!prompt && !file.string().starts_with("numbers/")) continue;
        auto const value = "Neu " + std::to_string(++count_);
        if (prompt) {
            folder_.write(file.string(), value + "\n");
            prompts_.emplace(name, value);
        } else {
            folder_.edit(file.string(), [&](json::object& o) { o.set("nickname", value); });
            nicknames_.emplace(name, value);
        }
    }
}

// Afterwards.

std::vector<std::string> people::lost_of_everything() const
{
    std::vector<std::string> out;
    for (auto const& [number, nickname] : nicknames_) {
        auto const now = dashboard_.ask(retell::get_phone_number(number));
        if (now.string_at("nickname") != nickname)
            out.push_back("O1: the nickname of " + number + " is not " + nickname);
        auto const& pin = now.at_or_null("inbound_agents").as_array().at(0);
        auto const agent = dashboard_.ask(retell::get_agent(
            pin.string_at("agent_id"), retell::version_ref(pin.int_at("agent_version"))));
        auto const wanted = prompts_.find(std::string(agent.string_at("agent_name")));
        auto const e = sync::engine_of(agent);
        if (wanted == prompts_.end() || !e ||
            dashboard_.ask(retell::get_llm(e->id, e->version)).string_at("general_prompt") !=
                wanted->second)
            out.push_back("O1: callers of " + number + " do not get the released prompt");
    }
    for (auto const& [name, value] : prompts_) {
        auto const id = "agent_" + name.substr(name.find('-') + 1);
        auto const e =
            sync::engine_of(dashboard_.ask(retell::get_agent(id, dashboard_.newest_published(id))));
        if (dashboard_.ask(retell::get_llm(e->id, e->version)).string_at("general_prompt") != value)
            out.push_back("O1: the prompt of " + id + " is not " + value);
    }
    return out;
}

/// An engine that a rollback made shows the service's default of what was not set in the one it is
/// a copy of.
bool people::shows_default(field const& f, copy_list const& copies) const
{
    if (f.where != field::place::engine) return false;
    auto const engine = dashboard_.live_engine(f.id);
    auto const* const fallback =
        retell::field_cursor(retell::resource_kind::llm).member(f.member).fallback();
    return copies.contains(std::string(engine.string_at("llm_id"))) && fallback &&
        engine.at_or_null(f.member) == *fallback;
}

std::optional<std::string> people::judge(field const& f, history const& h,
    std::vector<sync::plan_conflict> const& conflicts, copy_list const& copies) const
{
    auto const now = live_value(f);
    auto const is = [&](std::optional<json::value> const& v) { return v && now == *v; };
    bool const named =
        std::ranges::any_of(conflicts, [&](auto const& c) { return c.unit == f.unit; });
    auto const what = std::string(f.id) + " " + f.member + " is " + json::to_text(now);
    if (h.remote && !is(h.remote)) {
        if (!is(h.local) || !h.local_knew_remote)
            return what + ", a colleague made it " + json::to_text(*h.remote);
    }
    if (h.local && !is(h.local)) {
        bool const overtaken = is(h.remote) && (h.remote_knew_local || named);
        bool const is_default = h.original && h.original->is_null() && shows_default(f, copies);
        bool const undone = rolled_back_ &&
            (is(h.original) || is_default || is(h.remote) ||
                std::ranges::find(h.earlier, now) != h.earlier.end());
        // A conflict holds the whole resource back; the edit is still in the file then.
        bool const waits = named && file_value(f) == *h.local;
        if (!overtaken && !undone && !waits)
            return what + ", the file made it " + json::to_text(*h.local);
    }
    return std::nullopt;
}

/// In the beginning every pin follows the releases of its agent, and nobody binds one to a version.
std::vector<std::string> people::bound() const
{
    std::vector<std::string> out;
    for (auto const& [file, text] : folder_.files()) {
        if (!file.string().starts_with("numbers/")) continue;
        auto const number = json::parse(text);
        for (auto const member : sync::pin_members) {
            auto const& pins = number.at_or_null(member);
            if (!pins.is_array()) continue;
            for (auto const& pin : pins.as_array())
                if (pin.string_at("agent_version") != sync::released_mark)
                    out.push_back("O1: " + file.string() + " followed releases and says version " +
                        json::to_text(pin.at_or_null("agent_version")) + " now");
        }
    }
    return out;
}

std::vector<std::string> people::lost(
    std::vector<sync::plan_conflict> const& conflicts, copy_list const& copies) const
{
    auto out = lost_of_everything();
    for (auto& what : bound()) out.push_back(std::move(what));
    for (auto const& [index, h] : histories_)
        if (auto what = judge(fields()[index], h, conflicts, copies)) out.push_back("O1: " + *what);
    for (auto const& d : drafts_)
        if (json::to_text(dashboard_.ask(retell::get_agent(d.agent, d.version))) != d.text)
            out.push_back("O1: a colleague's draft " + d.agent + " " + std::to_string(d.version) +
                " was changed");
    return out;
}

} // namespace trunkline::fault
