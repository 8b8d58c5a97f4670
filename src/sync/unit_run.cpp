#include "sync/unit_run.hpp"

#include "sync/echoed_secrets.hpp"

#include <trunkline/core/crypto.hpp>
#include <trunkline/sync/planner.hpp>

#include <algorithm>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

/// What a call is about: the values of its path's parameters.
std::string target_of(retell::call const& c)
{
    std::string out;
    for (auto const parameter : retell::path_parameters(*c.op)) {
        auto const found = c.args.parameters.find(parameter);
        if (found != c.args.parameters.end()) out += (out.empty() ? "" : "/") + found->second;
    }
    return out;
}

} // namespace

bool creates(unit_action a) noexcept
{
    return a == unit_action::create_agent || a == unit_action::create_engine ||
        a == unit_action::build_knowledge;
}

unit_run::unit_run(release_process& owner, plan_unit const& unit, recovered past)
    : unit_(unit), past_(std::move(past)), owner_(owner)
{
    result_.name = unit.name;
    result_.action = unit.action;
    result_.id = unit.id;
    result_.engine_id = unit.engine_id;
    result_.orphans = past_.orphans;
}

std::unique_ptr<unit_run> unit_run::make(
    release_process& owner, plan_unit const& unit, recovered past)
{
    switch (unit.action) {
    case unit_action::release: return make_agent_release(owner, unit, std::move(past));
    case unit_action::update_number: return make_number_update(owner, unit, std::move(past));
    case unit_action::update_engine: return make_engine_update(owner, unit, std::move(past));
    case unit_action::create_engine:
    case unit_action::create_agent: return make_creation(owner, unit, std::move(past));
    case unit_action::link: return make_linking(owner, unit, std::move(past));
    case unit_action::remove: return make_removal(owner, unit, std::move(past));
    case unit_action::build_knowledge: return make_knowledge(owner, unit, std::move(past));
    }
    return nullptr;
}

void unit_run::start()
{
    if (past_.done) {
        result_ = unit_result_from(past_.result);
        if (creates(result_.action)) created().insert_or_assign(result_.name, result_.id);
        if (owner_.context_.on_step) owner_.context_.on_step(result_);
        return owner_.unit_ended();
    }
    result_.state = unit_state::running;
    if (only_settles() && !past_.is_unsettled(result_.action))
        return fail(unit_state::interrupted, "was interrupted, and taken back before it was done");
    run();
}

void unit_run::skip(std::string why)
{
    fail(unit_state::skipped, std::move(why));
}

void unit_run::step(std::string name)
{
    result_.step = std::move(name);
    if (owner_.context_.on_step) owner_.context_.on_step(result_);
}

void unit_run::journal(std::string_view type, json::value data)
{
    store().append_journal(tenant(), release(), unit_.name, type, data);
}

void unit_run::journal_undone(std::string_view step, std::string_view rule)
{
    json::object data;
    data.set("step", step);
    data.set("ok", false);
    data.set("unknown", false);
    data.set("rule", rule);
    journal("outcome", std::move(data));
}

// Calls.

void unit_run::read(retell::call c, then_outcome then, std::chrono::milliseconds after)
{
    owner_.ask(
        std::move(c),
        [this, then = std::move(then)](call_outcome outcome) {
            if (ended()) return;
            then(std::move(outcome));
        },
        after);
}

void unit_run::list(retell::call c, std::function<void(std::vector<json::value>)> then,
    std::chrono::milliseconds after)
{
    owner_.ask_list(
        std::move(c),
        [this, then = std::move(then)](call_outcome outcome, release_process::listing list) {
            if (ended()) return;
            if (outcome.code == failure::not_found && only_settles()) return then({}); // it is gone
            if (!outcome.ok()) return fail(outcome);
            then(std::move(list.rows));
        },
        after);
}

void unit_run::list_versions(
    std::string_view agent_id, std::function<void(std::vector<json::value>)> then)
{
    list(retell::list_agent_versions(agent_id), std::move(then));
}

void unit_run::write(std::string step_name, json::object note,
    std::function<retell::call(json::value)> make_call, std::optional<resource_kind> kind,
    json::value body, then_outcome then)
{
    if (owner_.canceled()) {
        call_outcome outcome;
        outcome.code = errc::canceled;
        return fail(outcome);
    }
    step(step_name);
    note.set("step", step_name);
    if (!body.is_null()) note.set("body", crypto::content_hash(body));
    auto revealed = kind ? secrets().reveal(*kind, std::move(body)) : std::move(body);
    auto const sent = kind ? echoed_secrets(*kind, revealed) : echoed_secrets();
    auto call = make_call(std::move(revealed));
    note.set("operation", call.op->name);
    note.set("target", target_of(call));
    journal("intent", note);
    send_write(std::move(step_name), std::move(call),
        [sent, then = std::move(then)](call_outcome outcome) {
            sent.hide(outcome.diag.message); // kept and shown from here on
            then(std::move(outcome));
        });
}

void unit_run::send_write(std::string step_name, retell::call c, then_outcome then)
{
    owner_.ask(std::move(c),
        [this, step_name = std::move(step_name), then = std::move(then)](call_outcome outcome) {
            if (ended()) return;
            // The engine that took over goes by the journal; an intent without outcome it looks up.
            if (owner_.lease_lost() && !outcome.ok()) return then(std::move(outcome));
            json::object data;
            data.set("step", step_name);
            data.set("ok", outcome.ok());
            data.set("status", outcome.ok() ? outcome.answer.status : outcome.diag.http_status);
            data.set(
                "request_id", outcome.ok() ? outcome.answer.request_id : outcome.diag.request_id);
            if (outcome.ok()) {
                auto const& body = outcome.answer.body;
                if (body.is_object()) {
                    data.set("version", body.int_at("version"));
                    if (auto const engine = engine_of(body))
                        data.set("engine_version", engine->version);
                    for (auto const kind : {resource_kind::agent, resource_kind::llm,
                             resource_kind::flow, resource_kind::knowledge_base})
                        if (unit_.kind == kind) data.set("id", body.string_at(id_member(kind)));
                }
            } else {
                data.set("error", trunkline::name(static_cast<errc>(outcome.code.value())));
                data.set("unknown",
                    outcome.code == failure::ambiguous || outcome.code == errc::canceled);
            }
            journal("outcome", std::move(data));
            then(std::move(outcome));
        });
}

void unit_run::enter_number(std::string const& number, std::function<void()> work)
{
    auto& queue = owner_.number_queues_[number];
    queue.push_back(std::move(work));
    if (queue.size() == 1) {
        auto const first = queue.front();
        first();
    }
}

void unit_run::leave_number(std::string const& number)
{
    auto& queue = owner_.number_queues_[number];
    queue.erase(queue.begin());
    if (queue.empty()) return;
    auto const next = queue.front();
    next();
}

void unit_run::enter_lane(std::string lane, std::function<void()> work)
{
    lane_ = std::move(lane);
    enter_number(lane_, std::move(work));
}

std::string unit_run::marker() const
{
    return mark_of(release(), owner_.nonce_, unit_.name);
}

// Ends.

void unit_run::ended_now()
{
    if (!lane_.empty()) leave_number(std::exchange(lane_, {}));
    on_end();
    owner_.unit_ended();
}

void unit_run::finish()
{
    result_.state = unit_state::done;
    result_.message.clear();
    json::object data;
    data.set("result", to_json(result_));
    journal("done", std::move(data));
    step("done");
    ended_now();
}

void unit_run::fail(unit_state state, std::string message)
{
    if (ended()) return;
    // A draft of ours that will not be published is left behind: it is named.
    bool const is_over = state == unit_state::failed || state == unit_state::conflict;
    if (is_over && unit_.action == unit_action::release && result_.after_version >= 0 &&
        !result_.live &&
        std::ranges::find(result_.orphans, result_.after_version) == result_.orphans.end())
        result_.orphans.push_back(result_.after_version);
    // So is a copy of an engine that a rollback made for an agent that it then could not release.
    if (is_over && is_rollback() && unit_.action == unit_action::release && !result_.live)
        if (auto const copy = created().find(unit_.engine_name); copy != created().end())
            message += "; " + copy->second +
                ", made for it, is used by nobody: another rollback uses it, or delete it";
    result_.state = state;
    result_.message = std::move(message);
    json::object data;
    data.set("state", name(state));
    data.set("step", result_.step);
    data.set("message", result_.message);
    journal("failed", std::move(data));
    if (owner_.context_.on_step) owner_.context_.on_step(result_);
    ended_now();
}

void unit_run::fail(call_outcome const& outcome, std::string_view left_behind)
{
    auto message = outcome.diag.message.empty() ? outcome.code.message() : outcome.diag.message;
    bool const resumable = outcome.code == errc::canceled || outcome.code == failure::ambiguous ||
        outcome.code == failure::retryable;
    // Refused for good for the key, or for the rate however patiently it was asked: so would be
    // everybody else. The release pauses as a whole.
    bool const all_of_us = outcome.code == failure::auth || outcome.code == errc::rate_limited;
    bool const goes_on = resumable || all_of_us;
    if (!goes_on && !left_behind.empty()) message += "; " + std::string(left_behind);
    fail(goes_on ? unit_state::interrupted : unit_state::failed, message);
    if (all_of_us) owner_.stop_everything(outcome.code, message);
}

namespace {

/// A member cleared with null and one that is not there are the same to the service.
json::value without_nulls(json::value document)
{
    if (!document.is_object()) return document;
    json::object out;
    for (auto& m : document.as_object())
        if (!m.val.is_null()) out.set(m.key, std::move(m.val));
    return out;
}

} // namespace

std::string unit_run::difference(
    resource_kind kind, json::value const& wanted, json::value const& found)
{
    auto const expected = without_nulls(wanted);
    auto const actual = without_nulls(found);
    if (retell::managed_hash(kind, expected) == retell::managed_hash(kind, actual)) return {};
    std::string paths;
    std::size_t more = 0;
    for (auto const& c : changes(kind, expected, actual)) {
        if (++more > 3) continue;
        paths += (paths.empty() ? "" : ", ") + c.path;
    }
    if (more > 3) paths += " and " + std::to_string(more - 3) + " more";
    return paths.empty() ? "(content)" : paths;
}

void unit_run::remember_version(resource_kind kind, json::value const& document, bool published)
{
    auto const state = describe(kind, document);
    store::version_row row;
    row.kind = retell::name(kind);
    row.id = state.id;
    row.version = state.version;
    row.published = published;
    row.remote_stamp = state.stamp;
    row.document = document;
    store().put_version(tenant(), row);
}

std::optional<store::base_row> unit_run::base_of(std::string_view kind, std::string_view id) const
{
    return store().base(tenant(), workspace(), kind, id);
}

void unit_run::put_bases(std::vector<store::base_row> rows)
{
    // A rollback changes the service, not what the files were based on: the folder follows by a pull.
    if (is_rollback() || workspace().empty()) return;
    store().put_bases(tenant(), workspace(), rows);
    auto const& agreed = owner_.context_.agreed_workspace;
    if (!agreed.empty()) store().put_bases(tenant(), agreed, rows);
}

void unit_run::forget_base(std::string_view kind, std::string_view id)
{
    store().erase_base(tenant(), workspace(), kind, id);
    auto const& agreed = owner_.context_.agreed_workspace;
    if (!agreed.empty()) store().erase_base(tenant(), agreed, kind, id);
}

} // namespace trunkline::sync::detail
