#include "sync/followers.hpp"
#include "sync/number_mover.hpp"
#include "sync/planner_parts.hpp"
#include "sync/unit_run.hpp"

#include <trunkline/sync/planner.hpp>

#include <algorithm>

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

std::int64_t newest(std::vector<json::value> const& rows, bool published)
{
    std::int64_t best = -1;
    for (auto const& r : rows)
        if (!published || r.bool_at("is_published")) best = std::max(best, r.int_at("version"));
    return best;
}

json::value const* row_of(std::vector<json::value> const& rows, std::int64_t version)
{
    auto const it =
        std::ranges::find_if(rows, [&](auto const& r) { return r.int_at("version") == version; });
    return it == rows.end() ? nullptr : &*it;
}

/**
 * Releases an agent: own draft -> engine -> agent -> read back -> still the newest? -> publish that
 * version -> confirmed -> numbers -> read back (spec/sync.md section 1).
 */
class agent_release final : public unit_run {
public:
    using unit_run::unit_run;

private:
    void run() override
    {
        result_.before_version = unit_.base_version;
        if (auto const engine = engine_of(unit_.before)) result_.engine_before = engine->version;
        step("check");
        list_versions(unit_.id,
            [this](auto rows) { only_settles() ? settle(rows) : on_versions(std::move(rows)); });
    }

    /// Taken back before it was done: only what became of the draft is looked up.
    void settle(std::vector<json::value> const& rows)
    {
        if (past_.after_cut && !past_.draft) find_marked(rows);
        auto const* const ours = past_.draft ? row_of(rows, *past_.draft) : nullptr;
        if (past_.draft_unknown) report_orphans(rows, past_.versions_before);
        json::object data{{"version", ours ? *past_.draft : -1}};
        data.set("published", ours && ours->bool_at("is_published"));
        journal("settled", std::move(data));
        fail(unit_state::interrupted, "was interrupted, and taken back before it was done");
    }

    // Where does the agent stand?

    void on_versions(std::vector<json::value> rows)
    {
        if (past_.draft && !row_of(rows, *past_.draft))
            past_.draft.reset(); // somebody deleted our draft
        if (past_.after_cut && !past_.draft) find_marked(rows);
        if (past_.draft) adopt_draft(*past_.draft, past_.engine_draft.value_or(-1));
        if (past_.draft && row_of(rows, *past_.draft)->bool_at("is_published"))
            return is_alone(rows) ? read_published() : refuse_company(rows);
        if (past_.draft_unknown) report_orphans(rows, past_.versions_before);
        if (auto const moved = moved_base(rows); !moved.empty())
            return fail(unit_state::conflict, moved);
        // A draft found by its mark is complete: the mark comes last.
        if (past_.draft) return past_.engine_draft ? patch_engine() : read_back();
        open_draft(rows, true);
    }

    /// Empty while the plan still builds on the newest version; else what happened.
    std::string moved_base(std::vector<json::value> const& rows) const
    {
        if (unit_.base_published) {
            auto const now = newest(rows, true);
            if (now == unit_.base_version) return {};
            return "version " + std::to_string(now) +
                " was published meanwhile (the plan builds on version " +
                std::to_string(unit_.base_version) +
                "); nothing of this plan is live, pull and plan again";
        }
        if (newest(rows, true) >= 0)
            return "the agent was published meanwhile by somebody else; pull and plan again";
        return row_of(rows, unit_.base_version)
            ? std::string()
            : "the draft this plan builds on is gone; pull and plan again";
    }

    /// The journal lost what it said of our draft; if it got as far as its mark, that tells.
    void find_marked(std::vector<json::value> const& rows)
    {
        for (auto const& r : rows)
            if (r.string_at("version_description").find(marker()) != std::string_view::npos) {
                past_.draft = r.int_at("version");
                past_.draft_unknown = false;
            }
        if (!past_.draft) return;
        json::object data;
        data.set("version", *past_.draft);
        data.set("rule", "mark in version_description");
        journal("adopted", std::move(data));
    }

    /// A version that somebody else published since and that does not build on ours, or -1.
    std::int64_t published_beside(std::vector<json::value> const& rows) const
    {
        for (auto const& r : rows) {
            auto const version = r.int_at("version");
            if (!r.bool_at("is_published") || version <= unit_.base_version ||
                version == result_.after_version)
                continue;
            auto const* ancestor = &r;
            while (ancestor && ancestor->int_at("version") > result_.after_version)
                ancestor = row_of(rows, ancestor->int_at("base_version"));
            if (!ancestor || ancestor->int_at("version") != result_.after_version) return version;
        }
        return -1;
    }

    bool is_alone(std::vector<json::value> const& rows) const
    {
        return !unit_.base_published || published_beside(rows) < 0;
    }

    /// The service publishes unconditionally, so two may publish at once. Which of them callers are
    /// to get, and what of the other is to be in it, the next plan says.
    void refuse_company(std::vector<json::value> const& rows)
    {
        result_.live = true;
        fail(unit_state::conflict,
            "version " + std::to_string(published_beside(rows)) +
                " was published by somebody else while version " +
                std::to_string(result_.after_version) +
                " was: neither holds the other's changes. No number was moved; pull and plan "
                "again, and compare the two");
    }

    void report_orphans(std::vector<json::value> const& rows, std::set<std::int64_t> const& before)
    {
        for (auto const& r : rows) {
            auto const version = r.int_at("version");
            if (before.contains(version) || r.bool_at("is_published") ||
                r.int_at("base_version") != unit_.fork_of)
                continue;
            // It carries no mark of ours, so it may be a colleague's: it is named, never used, never deleted.
            result_.orphans.push_back(version);
            json::object data;
            data.set("agent_id", unit_.id);
            data.set("version", version);
            data.set("remedy", draft_removal(unit_.id, version));
            journal("orphan", std::move(data));
        }
    }

    // The draft.

    void open_draft(std::vector<json::value> const& rows, bool may_repeat)
    {
        json::object note;
        json::array before;
        std::set<std::int64_t> versions;
        for (auto const& r : rows) {
            before.push_back(r.int_at("version"));
            versions.insert(r.int_at("version"));
        }
        note.set("versions_before", std::move(before));
        note.set("base_version", unit_.fork_of);
        write(
            "open-draft", std::move(note),
            [this](json::value) { return retell::create_agent_version(unit_.id, unit_.fork_of); },
            std::nullopt, nullptr,
            [this, versions, may_repeat](call_outcome outcome) {
                if (outcome.code == failure::ambiguous && may_repeat)
                    return look_for_draft(versions);
                if (!outcome.ok()) return fail(outcome);
                auto const& draft = outcome.answer.body;
                auto const engine = engine_of(draft);
                adopt_draft(draft.int_at("version"), engine ? engine->version : -1);
                if (result_.after_version < 0 || versions.contains(result_.after_version))
                    return fail(unit_state::failed,
                        "the service answered create-agent-version without a new version");
                patch_engine();
            });
    }

    /// Nobody knows whether a draft was opened: look before trying again.
    void look_for_draft(std::set<std::int64_t> before)
    {
        list_versions(unit_.id, [this, before](std::vector<json::value> rows) {
            report_orphans(rows, before);
            open_draft(rows, false);
        });
    }

    void adopt_draft(std::int64_t version, std::int64_t engine_version)
    {
        result_.after_version = version;
        result_.engine_after = engine_version;
    }

    void patch_engine()
    {
        if (unit_.engine_patch.empty()) return patch_agent();
        if (result_.engine_after < 0 || !unit_.engine_kind)
            return fail(unit_state::failed,
                "the draft names no version of its engine, so the engine cannot be changed safely");
        auto const kind = *unit_.engine_kind;
        auto const version = result_.engine_after;
        write(
            "patch-engine", {},
            [this, kind, version](json::value body) {
                return kind == resource_kind::llm
                    ? retell::update_llm(unit_.engine_id, version, std::move(body))
                    : retell::update_flow(unit_.engine_id, version, std::move(body));
            },
            kind, json::value(unit_.engine_patch),
            [this](call_outcome outcome) {
                if (!outcome.ok()) return fail(outcome);
                patch_agent();
            });
    }

    void patch_agent()
    {
        auto body = unit_.patch;
        // The mark by which this draft is known as ours; its presence is what tells it from a colleague's.
        body.set(
            "version_title", title().empty() ? "Trunkline r" + std::to_string(release()) : title());
        body.set("version_description", marker());
        write(
            "patch-agent", {},
            [this](json::value b) {
                return retell::update_agent(unit_.id, result_.after_version, std::move(b));
            },
            resource_kind::agent, json::value(std::move(body)),
            [this](call_outcome outcome) {
                if (!outcome.ok()) return fail(outcome);
                read_back();
            });
    }

    // Reading back.

    void read_back()
    {
        step("read-back");
        read(retell::get_agent(unit_.id, result_.after_version), [this](call_outcome outcome) {
            if (!outcome.ok()) return fail(outcome);
            agent_ = secrets().redact(resource_kind::agent, std::move(outcome.answer.body));
            auto const wrong = difference(resource_kind::agent, unit_.expected, agent_);
            if (!wrong.empty()) return refuse_draft(wrong);
            read_engine_back([this] { check_base(); });
        });
    }

    void read_engine_back(std::function<void()> then)
    {
        auto const ref = engine_of(agent_);
        if (!ref || ref->version < 0) return then();
        result_.engine_id = ref->id;
        result_.engine_after = ref->version;
        auto get = ref->kind == resource_kind::llm ? retell::get_llm(ref->id, ref->version)
                                                   : retell::get_flow(ref->id, ref->version);
        read(std::move(get), [this, ref, then = std::move(then)](call_outcome outcome) {
            if (!outcome.ok()) return fail(outcome);
            engine_ = secrets().redact(ref->kind, std::move(outcome.answer.body));
            if (unit_.engine_kind) {
                auto const wrong = difference(ref->kind, unit_.engine_expected, engine_);
                if (!wrong.empty())
                    return result_.live ? refuse_published(wrong) : refuse_draft(wrong);
            }
            then();
        });
    }

    void refuse_draft(std::string const& wrong)
    {
        fail(unit_state::failed,
            "draft version " + std::to_string(result_.after_version) +
                " reads back differently at " + wrong +
                "; it was not published and callers are not affected. The service ignored or "
                "changed the value");
    }

    void check_base()
    {
        journal_verified("read-back");
        list_versions(unit_.id, [this](std::vector<json::value> rows) {
            if (auto const moved = moved_base_beside_ours(rows); !moved.empty())
                return fail(unit_state::conflict, moved);
            publish(true);
        });
    }

    std::string moved_base_beside_ours(std::vector<json::value> const& rows) const
    {
        auto others = rows;
        std::erase_if(others,
            [&](json::value const& r) { return r.int_at("version") == result_.after_version; });
        return moved_base(others);
    }

    // Going live.

    void publish(bool may_repeat)
    {
        json::object note;
        note.set("version", result_.after_version);
        write(
            "publish", std::move(note),
            [this](json::value) {
                return retell::publish_agent_version(unit_.id, result_.after_version);
            },
            std::nullopt, nullptr,
            [this, may_repeat](call_outcome outcome) {
                bool const unknown = outcome.code == failure::ambiguous;
                if (!outcome.ok() && !unknown) return fail(outcome);
                confirm(may_repeat && unknown, unknown ? 0 : 4);
            });
    }

    /// Published is what the list of versions says, never what the publish call answered.
    void confirm(bool may_repeat, int more_looks)
    {
        step("confirm");
        list_versions(unit_.id, [this, may_repeat, more_looks](std::vector<json::value> rows) {
            auto const* const row = row_of(rows, result_.after_version);
            if (row && row->bool_at("is_published")) {
                if (!is_alone(rows)) return refuse_company(rows);
                result_.live = true;
                journal_verified("publish");
                agent_.make_object().set("is_published", true);
                return remember();
            }
            if (more_looks > 0) return confirm(may_repeat, more_looks - 1);
            if (may_repeat) return publish(false); // the look found no trace
            fail(unit_state::interrupted,
                "version " + std::to_string(result_.after_version) +
                    " is not shown as published yet; run apply again to look once more");
        });
    }

    /// Resumed after publishing: fetch what is needed to remember it.
    void read_published()
    {
        result_.live = true;
        step("read-back");
        read(retell::get_agent(unit_.id, result_.after_version), [this](call_outcome outcome) {
            if (!outcome.ok()) return fail(outcome);
            agent_ = secrets().redact(resource_kind::agent, std::move(outcome.answer.body));
            auto const wrong = difference(resource_kind::agent, unit_.expected, agent_);
            if (!wrong.empty()) return refuse_published(wrong);
            read_engine_back([this] { remember(); });
        });
    }

    /// We were interrupted before the draft was complete, and somebody published it meanwhile.
    void refuse_published(std::string const& wrong)
    {
        fail(unit_state::conflict,
            "version " + std::to_string(result_.after_version) +
                " was published by somebody else before it was complete (differs at " + wrong +
                "); no number was moved to it, pull and plan again");
    }

    void remember()
    {
        store::store::transaction t(store());
        remember_version(resource_kind::agent, agent_, true);
        std::vector<store::base_row> rows;
        auto const engine = engine_of(agent_);
        if (auto const base = base_of("agent", unit_.id)) {
            auto row = *base;
            row.document = unit_.agreed.is_null() ? agent_ : unit_.agreed;
            row.version = result_.after_version;
            row.published = true;
            row.list_stamp = 0; // the list row has moved; the next refresh reads the agent once
            row.engine_version = engine ? engine->version : -1;
            rows.push_back(std::move(row));
        }
        if (engine && !engine_.is_null()) {
            remember_version(engine->kind, engine_, true);
        }
        if (engine && !engine_.is_null() && unit_.engine_kind) remember_engine_base(rows);
        else if (engine) remember_switch(*engine, rows);
        put_bases(std::move(rows));
        t.commit();
        move_numbers(0);
    }

    /// The agent runs another engine now: what its next edit is compared with is what was agreed of
    /// that one's file.
    void remember_switch(engine_reference const& engine, std::vector<store::base_row>& rows)
    {
        auto const kind = retell::name(engine.kind);
        auto const file = base_of(kind, engine.id);
        auto row = base_of(agent_engine_kind, unit_.id);
        if (!file || !row || row->document.string_at(id_member(engine.kind)) == engine.id) return;
        row->name = file->name;
        row->document = file->document;
        row->version = file->version;
        rows.push_back(std::move(*row));
    }

    void remember_engine_base(std::vector<store::base_row>& rows)
    {
        auto const agreed = unit_.engine_agreed.is_null() ? engine_ : unit_.engine_agreed;
        if (auto const base = base_of(agent_engine_kind, unit_.id)) {
            auto row = *base;
            row.document = agreed;
            row.version = result_.engine_after;
            // The file's own row, by whatever key (variant) that file has. It may be another one
            // than before, to which the agent is led now.
            auto const kind = retell::name(*unit_.engine_kind);
            auto const name = unit_.engine_name.substr(unit_.engine_name.find('/') + 1);
            auto file = file_base(kind, name);
            if (file && plain_id(file->id) == unit_.engine_id) row.name = name;
            else file = file_base(kind, row.name);
            rows.push_back(std::move(row));
            if (file) {
                file->document = agreed;
                file->version = result_.engine_after;
                rows.push_back(std::move(*file));
            }
        }
    }

    /// Mostly the file of an engine is known by the engine's id, and then there is no need to look
    /// through all files.
    std::optional<store::base_row> file_base(std::string_view kind, std::string_view name) const
    {
        auto own = base_of(kind, unit_.engine_id);
        if (own && own->name == name) return own;
        return store().base_named(tenant(), workspace(), kind, name);
    }

    // Numbers, one after the other.

    void move_numbers(std::size_t index)
    {
        if (index == unit_.numbers.size())
            return trouble_ ? fail(*trouble_, trouble_text_) : finish();
        auto const& planned = unit_.numbers[index];
        enter_number(planned.number, [this, index, &planned] {
            read(retell::get_phone_number(planned.number),
                [this, index, &planned](call_outcome outcome) {
                    if (!outcome.ok()) return pass_over(index, planned.number, outcome);
                    on_number(index, planned,
                        secrets().redact(
                            resource_kind::phone_number, std::move(outcome.answer.body)));
                });
        });
    }

    void on_number(std::size_t index, pinned_number const& planned, json::value const& number)
    {
        auto const now = pins_of(number);
        auto const moves = [&](std::int64_t v) { return planned_versions(planned).contains(v); };
        auto const planned_after =
            moved_pins(planned.before, unit_.id, moves, result_.after_version);
        auto const ours_now = json::value(pins_of_agent(now, unit_.id));
        if (ours_now == json::value(pins_of_agent(planned_after, unit_.id))) {
            note_moved(planned.number, planned.before, planned_after, number);
            leave_number(planned.number);
            return move_numbers(index + 1);
        }
        if (!(ours_now == json::value(pins_of_agent(planned.before, unit_.id)))) {
            leave_number(planned.number);
            return pass_over(index, unit_state::conflict,
                "version " + std::to_string(result_.after_version) + " is published, but number " +
                    planned.number +
                    " was bound to something else meanwhile and was left alone; check it with: "
                    "trunkline explain " +
                    planned.number);
        }
        auto const after = moved_pins(now, unit_.id, moves, result_.after_version);
        json::object body;
        for (auto const& m : after)
            if (!(json::value(*now.find(m.key)) == m.val)) body.set(m.key, m.val);
        follower_notes notes(store(), tenant(), planned.number);
        notes.announce(notes.once_moved(after, unit_.id, result_.after_version));
        json::object note;
        note.set("number", planned.number);
        note.set("before", now);
        write(
            "move-number", std::move(note),
            [this, &planned](json::value b) {
                return retell::update_phone_number(planned.number, std::move(b));
            },
            resource_kind::phone_number, json::value(std::move(body)),
            [this, index, &planned, now, after](call_outcome outcome) {
                if (!outcome.ok()) return pass_over(index, planned.number, outcome);
                check_number(index, planned, now, after);
            });
    }

    /// The versions of this agent that the number was bound to and that follow its releases.
    std::set<std::int64_t> planned_versions(pinned_number const& planned) const
    {
        auto versions = planned.versions;
        if (!versions.empty()) return versions;
        // A plan that an earlier program kept does not say them.
        version_contents const contents(store(), tenant());
        auto const base = contents.of(unit_.id, unit_.base_version);
        for (auto const& entry : pins_of_agent(planned.before, unit_.id)) {
            auto const version = entry.at_or_null("pin").int_at("agent_version");
            if (version == unit_.base_version ||
                (version >= 0 && !base.empty() && contents.of(unit_.id, version) == base))
                versions.insert(version);
        }
        return versions;
    }

    void check_number(std::size_t index, pinned_number const& planned, json::object const& before,
        json::object const& after)
    {
        step("check-number");
        read(retell::get_phone_number(planned.number),
            [this, index, &planned, before, after](call_outcome outcome) {
                if (!outcome.ok()) return pass_over(index, planned.number, outcome);
                auto const& number = outcome.answer.body;
                auto const now = pins_of(number);
                leave_number(planned.number);
                if (!(json::value(pins_of_agent(now, unit_.id)) ==
                        json::value(pins_of_agent(after, unit_.id))))
                    return pass_over(index, unit_state::interrupted,
                        "version " + std::to_string(result_.after_version) +
                            " is published, but number " + planned.number +
                            " does not show it after the write; check it with: trunkline explain " +
                            planned.number);
                note_moved(planned.number, before, after, number);
                journal_verified("move-number");
                move_numbers(index + 1);
            });
    }

    /// `now`: the number with the pins of other agents, which others may have moved meanwhile.
    void note_moved(std::string const& number, json::object const& before,
        json::object const& after, json::value const& now)
    {
        moved_number m;
        m.number = number;
        m.before = before;
        m.after = after;
        result_.numbers.push_back(std::move(m));
        follower_notes notes(store(), tenant(), number);
        notes.settle(notes.once_moved(pins_of(now), unit_.id, result_.after_version),
            describe(resource_kind::phone_number, now).stamp);
    }

    /// One number that cannot be moved keeps none of the others back; the unit tells of it in the end.
    void pass_over(std::size_t index, unit_state state, std::string text)
    {
        if (!trouble_ || state == unit_state::interrupted) {
            trouble_ = state;
            trouble_text_ = std::move(text);
        }
        move_numbers(index + 1);
    }

    void pass_over(std::size_t index, std::string const& number, call_outcome const& outcome)
    {
        leave_number(number);
        if (outcome.code == failure::auth || outcome.code == errc::canceled) return fail(outcome);
        // Resumable where trying again can help: the version is live, so the number must not stay
        // behind for that. What the service refuses for good would keep the release open for ever.
        bool const can_help = outcome.code == failure::retryable ||
            outcome.code == failure::ambiguous || outcome.code == errc::rate_limited;
        auto text = "version " + std::to_string(result_.after_version) +
            " is published, but number " + number + " could not be moved: " + outcome.diag.message;
        if (can_help) return pass_over(index, unit_state::interrupted, std::move(text));
        pass_over(index, unit_state::failed, text + "; correct its file, and apply");
    }

    void journal_verified(std::string_view what)
    {
        json::object data;
        data.set("step", what);
        data.set("agent",
            agent_.is_null() ? std::string() : retell::managed_hash(resource_kind::agent, agent_));
        journal("verified", std::move(data));
    }

    json::value agent_;
    json::value engine_;
    std::optional<unit_state> trouble_; ///< With a number; the version itself is live.
    std::string trouble_text_;
};

} // namespace

std::unique_ptr<unit_run> make_agent_release(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<agent_release>(o, u, std::move(past));
}

} // namespace trunkline::sync::detail
