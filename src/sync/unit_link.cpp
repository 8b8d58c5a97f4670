#include "sync/planner_parts.hpp"
#include "sync/unit_run.hpp"

#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/planner.hpp>

#include <algorithm>

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

/**
 * Second phase of creating what refers to each other: the engine, which was created without its
 * references to new agents, gets them, and the agents that wait for that are published.
 */
class linking final : public unit_run {
public:
    using unit_run::unit_run;

private:
    void run() override
    {
        auto const engine = created().find(unit_.engine_name);
        if (engine == created().end())
            return skip("it needs " + unit_.engine_name + ", which was not created");
        id_ = engine->second;
        result_.id = id_;
        for (auto const& name : unit_.publishes)
            if (auto const agent = created().find(name); agent != created().end())
                agents_.push_back({name, agent->second, nullptr});
        step("check");
        read(get(), [this](call_outcome outcome) {
            if (!outcome.ok()) return fail(outcome);
            engine_ = secrets().redact(unit_.kind, std::move(outcome.answer.body));
            if (is_linked()) return publish(0); // resumed after the write
            if (engine_.bool_at("is_published"))
                return fail(unit_state::conflict,
                    unit_.engine_name +
                        " was published by somebody else before its references were in it; pull "
                        "and plan again");
            if (auto const moved = moved_since_creation(); !moved.empty())
                return fail(unit_state::conflict,
                    unit_.engine_name + " was changed meanwhile at " + moved +
                        "; its references were not written, pull and plan again");
            patch();
        });
    }

    retell::call get() const
    {
        return unit_.kind == resource_kind::llm ? retell::get_llm(id_, 0) : retell::get_flow(id_, 0);
    }

    bool is_linked() const
    {
        return patch_between(unit_.kind, engine_, json::value(unit_.patch)).empty();
    }

    std::string moved_since_creation() const
    {
        auto const made = store().version(tenant(), retell::name(unit_.kind), id_, 0);
        return made ? difference(unit_.kind, made->document, engine_) : std::string();
    }

    void patch()
    {
        write(
            "patch-engine", {},
            [this](json::value body) {
                return unit_.kind == resource_kind::llm
                    ? retell::update_llm(id_, 0, std::move(body))
                    : retell::update_flow(id_, 0, std::move(body));
            },
            unit_.kind, json::value(unit_.patch),
            [this](call_outcome outcome) {
                if (!outcome.ok()) return fail(outcome);
                step("read-back");
                read(get(), [this](call_outcome back) {
                    if (!back.ok()) return fail(back);
                    auto wanted = engine_;
                    for (auto const& m : unit_.patch) wanted.make_object().set(m.key, m.val);
                    engine_ = secrets().redact(unit_.kind, std::move(back.answer.body));
                    auto const wrong = difference(unit_.kind, wanted, engine_);
                    if (!wrong.empty())
                        return fail(unit_state::failed,
                            unit_.engine_name + " reads back differently at " + wrong +
                                "; the agents that use it were not published");
                    publish(0);
                });
            });
    }

    // One agent after the other; published is what the list of versions says.

    class new_agent {
    public:
        std::string name;
        std::string id;
        json::value document;
    };

    void publish(std::size_t index)
    {
        if (index == agents_.size()) return remember();
        is_published(index, [this, index](bool published) {
            if (published) return take_agent(index);
            write(
                "publish", {},
                [this, index](
                    json::value) { return retell::publish_agent_version(agents_[index].id, 0); },
                std::nullopt, nullptr,
                [this, index](call_outcome outcome) {
                    if (!outcome.ok() && outcome.code != failure::ambiguous)
                        return fail(outcome,
                            agents_[index].name + " was created as " + agents_[index].id +
                                " and is not published: another " +
                                (is_rollback() ? "rollback" : "apply") + " goes on with it");
                    is_published(index, [this, index](bool now) {
                        if (now) return take_agent(index);
                        fail(unit_state::interrupted,
                            agents_[index].name +
                                " is not shown as published yet; run apply again to look once "
                                "more");
                    });
                });
        });
    }

    void is_published(std::size_t index, std::function<void(bool)> then)
    {
        list_versions(
            agents_[index].id, [then = std::move(then)](std::vector<json::value> const& rows) {
                then(std::ranges::any_of(rows, [](json::value const& r) {
                    return r.int_at("version") == 0 && r.bool_at("is_published");
                }));
            });
    }

    void take_agent(std::size_t index)
    {
        read(retell::get_agent(agents_[index].id, retell::version_ref(0)),
            [this, index](call_outcome outcome) {
                if (!outcome.ok()) return fail(outcome);
                agents_[index].document =
                    secrets().redact(resource_kind::agent, std::move(outcome.answer.body));
                result_.live = true;
                publish(index + 1);
            });
    }

    void remember()
    {
        store::store::transaction t(store());
        remember_version(unit_.kind, engine_, !agents_.empty());
        auto const engine_name = unit_.engine_name.substr(unit_.engine_name.find('/') + 1);
        store::base_row engine;
        engine.kind = retell::name(unit_.kind);
        engine.id = id_;
        engine.name = engine_name;
        engine.version = 0;
        engine.document = engine_;
        std::vector<store::base_row> rows{engine};
        for (auto const& a : agents_) {
            remember_version(resource_kind::agent, a.document, true);
            store::base_row row;
            row.kind = retell::name(resource_kind::agent);
            row.id = a.id;
            row.name = a.name.substr(a.name.find('/') + 1);
            row.version = 0;
            row.published = true;
            row.document = a.document;
            row.engine_kind = retell::name(unit_.kind);
            row.engine_id = id_;
            row.engine_version = 0;
            rows.push_back(std::move(row));
            auto of_agent = engine;
            of_agent.kind = agent_engine_kind;
            of_agent.id = a.id;
            rows.push_back(std::move(of_agent));
        }
        put_bases(std::move(rows));
        t.commit();
        finish();
    }

    std::string id_;
    json::value engine_;
    std::vector<new_agent> agents_;
};

} // namespace

std::unique_ptr<unit_run> make_linking(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<linking>(o, u, std::move(past));
}

} // namespace trunkline::sync::detail
