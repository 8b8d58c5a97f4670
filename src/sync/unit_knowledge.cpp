#include "sync/knowledge.hpp"
#include "sync/unit_run.hpp"

#include <algorithm>

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

/**
 * Builds a knowledge base and waits until it can be used; whoever refers to it comes later. It is
 * created like an engine: no idempotency key and no mark, so after an unknown outcome we look for
 * one of this name with these sources that was not there before.
 */
class knowledge_build final : public unit_run {
public:
    using unit_run::unit_run;

private:
    void run() override
    {
        if (!past_.created.empty()) return built_as(past_.created);
        // Two of one name with equal sources cannot be told apart while both are under way.
        enter_lane("build " + knowledge_shape(unit_.expected), [this] {
            if (!past_.create_unknown) return survey();
            before_ = past_.equal_before;
            look();
        });
    }

    void survey()
    {
        step("survey");
        list(retell::list_knowledge_bases(), [this](std::vector<json::value> const& rows) {
            for (auto const& id : equal_ones(rows)) before_.insert(id);
            create(true);
        });
    }

    std::vector<std::string> equal_ones(std::vector<json::value> const& rows)
    {
        std::vector<std::string> found;
        auto const wanted = knowledge_shape(unit_.expected);
        for (auto const& row : rows) {
            std::string const id(row.string_at(id_member(unit_.kind)));
            bool const known = before_.contains(id) ||
                std::ranges::any_of(
                    created(), [&](auto const& entry) { return entry.second == id; });
            if (!known && built_shape(row) == wanted && !base_of(retell::name(unit_.kind), id))
                found.push_back(id);
        }
        return found;
    }

    void create(bool may_repeat)
    {
        json::object note;
        json::array before;
        for (auto const& id : before_) before.push_back(id);
        note.set("equal_before", std::move(before));
        write(
            "create", std::move(note),
            [](json::value body) { return retell::create_knowledge_base(std::move(body)); },
            unit_.kind, json::value(unit_.patch),
            [this, may_repeat](call_outcome outcome) {
                if (outcome.code == failure::ambiguous && may_repeat) return look();
                if (!outcome.ok()) return fail(outcome);
                std::string const id(outcome.answer.body.string_at(id_member(unit_.kind)));
                if (id.empty())
                    return fail(unit_state::failed,
                        "the service created a knowledge base without telling its id; look for it "
                        "in the dashboard");
                built_as(id);
            });
    }

    // Looking for what may have been created.

    /// Lists show what is new up to this much later.
    static constexpr std::int64_t grace_ms = 30'000;

    void look()
    {
        step("look");
        until_ = now() + grace_ms;
        pause_ = 500;
        look_once({});
    }

    void look_once(std::chrono::milliseconds after)
    {
        list(
            retell::list_knowledge_bases(),
            [this](std::vector<json::value> const& rows) { adopt(equal_ones(rows)); }, after);
    }

    void adopt(std::vector<std::string> const& found)
    {
        if (found.size() > 1) return fail(unit_state::interrupted, ambiguity(found));
        if (found.empty()) {
            if (auto const left = until_ - now(); left > 0) {
                pause_ = std::min<std::int64_t>(pause_ * 2, left);
                return look_once(std::chrono::milliseconds(pause_));
            }
            json::object data;
            data.set("step", "create");
            data.set("ok", false);
            data.set("unknown", false);
            data.set("rule", "not found within the time that lists may lag");
            journal("outcome", std::move(data));
            if (only_settles())
                return fail(unit_state::interrupted, "was interrupted before anything was created");
            return create(false);
        }
        json::object data;
        data.set("id", found.front());
        data.set("rule", "equal name and sources, unknown, not there before");
        journal("adopted", std::move(data));
        if (!only_settles()) return built_as(found.front());
        result_.id = found.front();
        fail(unit_state::interrupted, "was created, and taken back before it was in use");
    }

    static std::string ambiguity(std::vector<std::string> const& found)
    {
        std::string ids, commands;
        for (auto const& id : found) {
            ids += (ids.empty() ? "" : ", ") + id;
            commands += (commands.empty() ? "" : " or ") + remove_command(id);
        }
        return "several knowledge bases could be the one created before the interruption (" + ids +
            "); nothing was written: delete all but one, with " + commands + ", and run apply again";
    }

    static std::string remove_command(std::string const& id)
    {
        return "trunkline call delete-knowledge-base '{\"knowledge_base_id\":\"" + id + "\"}'";
    }

    // Waiting for it.

    static constexpr std::int64_t patience_ms = 15 * 60'000;
    static constexpr std::int64_t longest_pause_ms = 10'000;

    void built_as(std::string const& id)
    {
        result_.id = id;
        step("wait");
        until_ = now() + patience_ms;
        pause_ = 500;
        ask({});
    }

    void ask(std::chrono::milliseconds after)
    {
        read(
            retell::get_knowledge_base(result_.id),
            [this](call_outcome outcome) {
                if (outcome.code == failure::not_found)
                    return fail(unit_state::failed,
                        result_.id +
                            " was deleted by somebody before it was used; apply again "
                            "builds another");
                if (!outcome.ok()) return fail(outcome);
                judge(std::move(outcome.answer.body));
            },
            after);
    }

    void judge(json::value document)
    {
        auto const status = document.string_at("status");
        if (status == "error") return discard();
        if (status != "complete") {
            if (now() >= until_)
                return fail(unit_state::interrupted,
                    result_.id + " is still \"" + std::string(status) +
                        "\" after 15 minutes; nothing refers to it yet, apply again goes on "
                        "waiting");
            pause_ = std::min(pause_ * 2, longest_pause_ms);
            return ask(std::chrono::milliseconds(pause_));
        }
        if (built_shape(document) != knowledge_shape(unit_.expected))
            return fail(unit_state::conflict,
                result_.id +
                    " holds other sources than the file: somebody changed it while it was "
                    "built; nothing refers to it. Remove it with " +
                    remove_command(result_.id));
        remember(document);
    }

    /// One that cannot be read is of no use to anybody, and it is ours.
    void discard()
    {
        write(
            "delete", {}, [this](json::value) { return retell::delete_knowledge_base(result_.id); },
            std::nullopt, nullptr,
            [this](call_outcome outcome) {
                std::string const what = "the service could not read the sources (status error); "
                                         "nothing refers to it, what was used before stays";
                if (!outcome.ok() && outcome.code != failure::not_found)
                    return fail(unit_state::failed,
                        what + ". Remove it with " + remove_command(result_.id));
                fail(unit_state::failed, what);
            });
    }

    void remember(json::value const& document)
    {
        created().insert_or_assign(unit_.name, result_.id);
        store::store::transaction t(store());
        store::version_row version;
        version.kind = retell::name(unit_.kind);
        version.id = result_.id;
        version.document = document;
        store().put_version(tenant(), version);
        auto const name = unit_.name.substr(unit_.name.find('/') + 1);
        std::vector<store::base_row> built;
        if (!unit_.replaces.empty()) {
            built.push_back(known_row(unit_.replaces, name, unit_.before));
            built.back().list_stamp = now();
            forget_base(retell::name(unit_.kind), unit_.replaces);
        }
        built.push_back(known_row(result_.id, name, unit_.expected));
        store().put_bases(tenant(), knowledge_workspace, built);
        auto row = built.back();
        row.document = unit_.expected;
        put_bases({std::move(row)});
        t.commit();
        finish();
    }

    store::base_row known_row(std::string id, std::string name, json::value const& content) const
    {
        store::base_row row;
        row.kind = retell::name(unit_.kind);
        row.id = std::move(id);
        row.name = std::move(name);
        row.document = json::object{{"workspace", workspace()}, {"content", content}};
        return row;
    }

    std::set<std::string> before_; ///< Equal ones that were there already.
    std::int64_t until_ = 0;
    std::int64_t pause_ = 500;
};

} // namespace

std::unique_ptr<unit_run> make_knowledge(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<knowledge_build>(o, u, std::move(past));
}

} // namespace trunkline::sync::detail
