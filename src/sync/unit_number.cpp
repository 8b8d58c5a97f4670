#include "sync/followers.hpp"
#include "sync/planner_parts.hpp"
#include "sync/unit_run.hpp"

#include <trunkline/sync/planner.hpp>

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

/// The members of a document that a patch names, as they are there (null where absent).
json::object members_of(json::value const& document, json::object const& patch)
{
    json::object out;
    for (auto const& m : patch) out.set(m.key, document.at_or_null(m.key));
    return out;
}

/// The members of a patch that no answer shows.
json::object write_only_part(resource_kind kind, json::object const& patch)
{
    json::object out;
    for (auto const& m : patch)
        if (is_write_only(kind, m.key)) out.set(m.key, m.val);
    return out;
}

json::value after_patch(json::value document, json::object const& patch)
{
    for (auto const& m : patch) document.make_object().set(m.key, m.val);
    return document;
}

/**
 * Changes something that has no versions (a number, a draft engine nobody uses): read immediately
 * before, write, read again. The window that remains is documented, not denied.
 */
class direct_update : public unit_run {
public:
    using unit_run::unit_run;

protected:
    virtual retell::call get() const = 0;
    virtual retell::call update(json::value body) const = 0;
    virtual void remember(json::value const& document) = 0;

    void change()
    {
        step("check");
        read(get(), [this](call_outcome outcome) {
            if (!outcome.ok()) return stop(outcome);
            auto const now = secrets().redact(unit_.kind, std::move(outcome.answer.body));
            if (difference(unit_.kind, unit_.expected, now).empty())
                // Resumed after the write, if it can be seen; what cannot is written once more.
                return write_only_part(unit_.kind, unit_.patch).empty() ? arrived(now) : send();
            auto const moved = difference(unit_.kind, unit_.before, now);
            if (!moved.empty())
                return stop(unit_state::conflict,
                    "was changed meanwhile at " + moved +
                        "; nothing was written, pull and plan again");
            send();
        });
    }

    /// Before the write: what of it must be known however it ends.
    virtual void announce() {}
    virtual void leave() {}
    void stop(call_outcome const& outcome)
    {
        leave();
        fail(outcome);
    }
    void stop(unit_state state, std::string message)
    {
        leave();
        fail(state, std::move(message));
    }

private:
    void send()
    {
        announce();
        json::object note;
        note.set("before", members_of(unit_.before, unit_.patch));
        write(
            unit_.kind == resource_kind::phone_number ? "patch-number" : "patch-engine",
            std::move(note), [this](json::value body) { return update(std::move(body)); },
            unit_.kind, json::value(unit_.patch),
            [this](call_outcome outcome) {
                if (!outcome.ok()) return stop(outcome);
                step("read-back");
                read(get(), [this](call_outcome back) {
                    if (!back.ok()) return stop(back);
                    auto const now = secrets().redact(unit_.kind, std::move(back.answer.body));
                    auto const wrong = difference_of_written(now);
                    if (wrong.empty()) return arrived(now);
                    note_written(now); // a rollback takes it back all the same
                    result_.live = true;
                    stop(unit_state::failed,
                        "was written, and reads back differently at " + wrong +
                            ": check it by hand, or take the release back");
                });
            });
    }

    /// Of what was sent only: a colleague may have changed another member meanwhile.
    std::string difference_of_written(json::value const& now) const
    {
        return difference(unit_.kind, json::value(members_of(unit_.expected, unit_.patch)),
            json::value(members_of(now, unit_.patch)));
    }

    void note_written(json::value const& now)
    {
        result_.fields_before = members_of(unit_.before, unit_.patch);
        result_.fields_after = members_of(now, unit_.patch);
        remember_written();
    }

    void arrived(json::value const& document)
    {
        note_written(document);
        remember(document);
        leave();
        finish();
    }

    /// Of what no answer shows, the last written value is the only knowledge there is.
    void remember_written()
    {
        auto written = write_only_part(unit_.kind, unit_.patch);
        if (written.empty()) return;
        for (auto const& m : written) result_.fields_after.set(m.key, m.val);
        store::base_row row;
        row.kind = retell::name(unit_.kind);
        row.id = unit_.id;
        row.name = unit_.id;
        row.document = std::move(written);
        store().put_bases(tenant(), written_workspace, {std::move(row)});
    }
};

class number_update final : public direct_update {
public:
    using direct_update::direct_update;

private:
    void run() override
    {
        enter_number(unit_.id, [this] {
            bound_ = newly_bound();
            look_at_bound();
        });
    }

    class bound_pin {
    public:
        std::string agent_id;
        std::int64_t version = -1;
    };

    /// Pins that the file binds to a version. Of those that follow releases the plan knows that
    /// they lead to what is published, of those of a rollback that callers were led there before.
    std::vector<bound_pin> newly_bound() const
    {
        std::vector<bound_pin> out;
        if (is_rollback()) return out;
        follower_notes const notes(store(), tenant(), unit_.id);
        auto const pins = pins_of(json::value(unit_.patch));
        auto const following = notes.once_agreed(pins, unit_.agreed);
        for (auto const& m : pins) {
            if (!m.val.is_array()) continue;
            for (auto const& pin : m.val.as_array()) {
                bound_pin b;
                b.agent_id = pin.string_at("agent_id");
                b.version = pin.int_at("agent_version", -1);
                bool const is_known = names_version(following, b.agent_id, b.version) ||
                    has_pin(unit_.before.at_or_null(m.key), b.agent_id, b.version);
                if (b.version >= 0 && !is_known && is_voice_agent(b.agent_id)) out.push_back(b);
            }
        }
        return out;
    }
    /// Chat agents are asked for in another way, and are not read.
    bool is_voice_agent(std::string const& id) const
    {
        return !store().versions(tenant(), retell::name(resource_kind::agent), id).empty();
    }

    /// Versions between those that were seen may be anything: somebody's draft, deleted, or published.
    void look_at_bound()
    {
        if (bound_.empty()) return change();
        step("check-pins");
        auto const pin = std::move(bound_.back());
        bound_.pop_back();
        read(retell::get_agent(pin.agent_id, pin.version), [this, pin](call_outcome outcome) {
            bool const is_missing = outcome.code == failure::not_found;
            if (!is_missing && !outcome.ok()) return stop(outcome);
            if (!is_missing && outcome.answer.body.bool_at("is_published")) return look_at_bound();
            auto const base = base_of(retell::name(resource_kind::agent), pin.agent_id);
            stop(unit_state::failed,
                "leads to version " + std::to_string(pin.version) + " of " +
                    (base ? unit_name(resource_kind::agent, base->name) : pin.agent_id) +
                    (is_missing ? ", which does not exist" : ", which is a draft") +
                    "; nothing was written. Write a published version, or \"released\" to follow "
                    "the releases");
        });
    }

    void leave() override { leave_number(unit_.id); }
    retell::call get() const override { return retell::get_phone_number(unit_.id); }
    retell::call update(json::value body) const override
    {
        keep_changed_trunk_parts(body);
        return retell::update_phone_number(unit_.id, std::move(body));
    }
    /// The service merges the parts it is given: those that stay are not sent.
    void keep_changed_trunk_parts(json::value& body) const
    {
        auto* const trunk = body.find(trunk_member);
        if (!trunk || !trunk->is_object()) return;
        auto const& before = unit_.before.at_or_null(trunk_member);
        json::object changed;
        for (auto const& m : trunk->as_object())
            if (!(before.at_or_null(m.key) == m.val)) changed.set(m.key, m.val);
        *trunk = std::move(changed);
    }
    void announce() override
    {
        follower_notes notes(store(), tenant(), unit_.id);
        notes.announce(followers_of(notes, unit_.expected));
    }
    json::object followers_of(follower_notes const& notes, json::value const& document) const
    {
        auto const pins = pins_of(document);
        return is_rollback() ? notes.once_returned(pins_of(unit_.before), pins, unit_.followers)
                             : notes.once_agreed(pins, unit_.agreed);
    }
    void remember(json::value const& document) override
    {
        follower_notes notes(store(), tenant(), unit_.id);
        notes.settle(followers_of(notes, document), describe(unit_.kind, document).stamp);
        auto const base = base_of("phone-number", unit_.id);
        if (!base) return;
        auto row = *base;
        row.document =
            unit_.agreed.is_null() ? after_patch(base->document, unit_.patch) : unit_.agreed;
        put_bases({std::move(row)});
    }

    std::vector<bound_pin> bound_; ///< Still to be looked at.
};

class engine_update final : public direct_update {
public:
    using direct_update::direct_update;

private:
    void run() override { change(); }
    retell::call get() const override
    {
        return unit_.kind == resource_kind::llm ? retell::get_llm(unit_.id, unit_.base_version)
                                                : retell::get_flow(unit_.id, unit_.base_version);
    }
    retell::call update(json::value body) const override
    {
        return unit_.kind == resource_kind::llm
            ? retell::update_llm(unit_.id, unit_.base_version, std::move(body))
            : retell::update_flow(unit_.id, unit_.base_version, std::move(body));
    }
    void remember(json::value const& document) override
    {
        auto const base = base_of(retell::name(unit_.kind), unit_.id);
        if (!base) return;
        auto row = *base;
        row.document = unit_.agreed.is_null() ? document : unit_.agreed;
        put_bases({std::move(row)});
    }
};

} // namespace

std::unique_ptr<unit_run> make_number_update(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<number_update>(o, u, std::move(past));
}

std::unique_ptr<unit_run> make_engine_update(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<engine_update>(o, u, std::move(past));
}

} // namespace trunkline::sync::detail
