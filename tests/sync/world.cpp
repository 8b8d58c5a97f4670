#include "sync/world.hpp"

#include <trunkline/core/crypto.hpp>
#include <trunkline/sync/report_json.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

namespace trunkline::test {

namespace fs = std::filesystem;
using retell::resource_kind;

namespace {

store::store open_on(crash_disk const& disk, time_source& time)
{
    store::store_options options;
    options.time = &time;
    options.vfs = disk.vfs();
    return store::store::open("sqlite:///store.db", options);
}

/// Knows what the store knows, as the facade does.
class known final : public sync::known_resources {
public:
    known(store::store const& db, tenant_id tenant) : db_(db), tenant_(std::move(tenant))
    {
        for (auto& row : db_.bases(tenant_, "@seen")) seen_.emplace(row.id, std::move(row));
        for (auto& row : db_.bases(tenant_, sync::written_workspace))
            written_.emplace(row.id, std::move(row.document));
    }
    bool wants_knowledge() const override
    {
        return !db_.bases(tenant_, sync::knowledge_workspace).empty();
    }
    json::object written(resource_kind kind, std::string_view id) const override
    {
        auto const found = written_.find(std::string(id));
        if (kind != resource_kind::phone_number || found == written_.end()) return {};
        return found->second.as_object();
    }
    std::vector<std::string> ids(resource_kind kind) const override
    {
        std::vector<std::string> out;
        for (auto const& [id, row] : seen_)
            if (row.kind == retell::name(kind)) out.push_back(id);
        return out;
    }
    std::optional<sync::resource_state> agent(std::string_view id, std::int64_t stamp) const override
    {
        auto const found = seen_.find(std::string(id));
        if (found == seen_.end() || found->second.list_stamp != stamp) return std::nullopt;
        return sync::describe(resource_kind::agent, found->second.document);
    }
    std::optional<sync::resource_state> published(
        resource_kind kind, std::string_view id, std::int64_t version) const override
    {
        auto row = db_.version(tenant_, retell::name(kind), id, version);
        if (!row || !row->published) return std::nullopt;
        return sync::describe(kind, row->document);
    }

private:
    store::store const& db_;
    tenant_id tenant_;
    std::map<std::string, store::base_row> seen_;
    std::map<std::string, json::value> written_;
};

void remember(store::store& db, tenant_id const& tenant, sync::resource_state const& r)
{
    store::version_row row;
    row.kind = retell::name(r.kind);
    row.id = r.id;
    row.version = r.version;
    row.published = r.published;
    row.remote_stamp = r.stamp;
    row.document = r.document;
    db.put_version(tenant, row);
}

} // namespace

world::world(json::value const& account)
    : sim(retell::simulator_options{}, time), db(open_on(disk, time))
{
    sim.load_state(account);
    db.ensure_tenant(tenant);
    workspace = store::new_workspace_id();
    logical_ = count_objects(sim.state());
}

sync::call_outcome world::exchange(retell::call const& c, bool& died)
{
    sync::call_outcome outcome;
    http::request request;
    auto args = c.args;
    if (page_size > 0 && c.op->paging == retell::paging_kind::query)
        args.parameters["limit"] = std::to_string(page_size);
    if (page_size > 0 && c.op->paging == retell::paging_kind::body)
        args.body->make_object().set("limit", page_size);
    outcome.code = retell::encode(*c.op, args, request, outcome.diag);
    if (outcome.code) return outcome;
    request.headers.set("Authorization", "Bearer test");
    ++requests;
    if (c.op->retry != retell::retry_class::safe) ++writes;
    auto const number = requests;
    if (before_request && !before_request(number, request)) {
        died = true;
        return outcome;
    }
    time.advance(std::chrono::milliseconds(1));
    auto const refusal = refuse_request ? refuse_request(request) : std::nullopt;
    auto reply = refusal ? *refusal : sim.handle(request);
    if (rewrite_answer) rewrite_answer(request, reply);
    if (c.op->retry != retell::retry_class::safe) {
        sent_write w;
        w.operation = c.op->name;
        for (auto const parameter : retell::path_parameters(*c.op))
            w.target += (w.target.empty() ? "" : "/") + c.args.parameters.find(parameter)->second;
        w.note_answer(reply.status, reply.body);
        sent.push_back(std::move(w));
    }
    if (after_answer && !after_answer(number, request)) {
        died = true;
        return outcome;
    }
    if (reply.ending != http::ending::complete) {
        outcome.code = c.op->retry == retell::retry_class::once ? errc::outcome_unknown
                                                                : errc::connection_lost;
        outcome.diag.message = std::string(c.op->name) + ": the connection was lost";
        return outcome;
    }
    http::response response;
    response.status = reply.status;
    response.headers = reply.headers;
    response.body = reply.body;
    outcome.code = retell::decode(*c.op, response, outcome.answer, outcome.diag, time.unix_ms());
    if (outcome.code == failure::ambiguous && c.op->retry == retell::retry_class::once)
        outcome.code = errc::outcome_unknown;
    return outcome;
}

sync::call_outcome world::ask_service(retell::call const& c)
{
    bool died = false;
    return exchange(c, died);
}

bool world::drive(sync::process& p)
{
    running = &p;
    while (auto next = p.next()) {
        bool died = false;
        time.advance(next->after);
        auto outcome = exchange(next->call, died);
        if (died) return false;
        p.deliver(next->ticket, std::move(outcome));
    }
    REQUIRE(p.done());
    return true;
}

sync::snapshot world::refresh()
{
    known const k(db, tenant);
    sync::refresh r(secrets(), k);
    REQUIRE(drive(r));
    INFO(r.diag().message);
    REQUIRE_FALSE(r.result());
    auto snap = r.take();
    std::vector<store::base_row> seen;
    for (auto const& a : snap.agents) {
        remember(db, tenant, a.agent);
        if (a.engine) remember(db, tenant, *a.engine);
        store::base_row row;
        row.kind = "agent";
        row.id = a.id();
        row.name = a.id();
        row.version = a.agent.version;
        row.list_stamp = a.list_stamp;
        row.document = a.agent.document;
        seen.push_back(std::move(row));
    }
    for (auto const& e : snap.spare_engines) remember(db, tenant, e);
    for (auto const& n : snap.numbers) {
        remember(db, tenant, n);
        store::base_row row;
        row.kind = "phone-number";
        row.id = row.name = n.id;
        seen.push_back(std::move(row));
    }
    for (auto const& [kind, id] : snap.gone) db.erase_base(tenant, "@seen", retell::name(kind), id);
    db.put_bases(tenant, "@seen", seen);
    return snap;
}

sync::bundle world::read_folder(std::vector<store::base_row>& bases)
{
    std::vector<store::base_row> moved;
    auto local = sync::read_folder(bundle_dir(), bases, sync::begun_rows(db, tenant, workspace),
        secrets(), sync::unknown_secrets::refuse, moved);
    db.put_bases(tenant, workspace, moved);
    return local;
}

sync::checkout world::check_out(sync::adopt mode, sync::prefer side)
{
    auto const snap = refresh();
    std::optional<sync::bundle> local;
    auto bases = db.bases(tenant, workspace);
    if (sync::read_header(bundle_dir())) local = read_folder(bases);
    auto out = sync::make_checkout(local, bases, snap, db, tenant, mode, side);
    edits.named(out.conflicts);
    if (mode == sync::adopt::remote || side == sync::prefer::remote) edits.local_overridden();
    if (mode == sync::adopt::local || side == sync::prefer::local) edits.remote_overridden();
    if (!local) {
        sync::bundle header;
        header.workspace = workspace;
        header.tenant = tenant.str();
        sync::write_header(bundle_dir(), header);
    }
    sync::begin_pull(db, tenant, workspace, bases, out);
    return out;
}

sync::checkout world::pull(sync::adopt mode, sync::prefer side)
{
    auto out = check_out(mode, side);
    sync::write_files(bundle_dir(), out);
    sync::end_pull(db, tenant, workspace, {}, out);
    return out;
}

void world::dying_pull(std::function<bool(std::string_view)> const& is_written)
{
    auto out = check_out(sync::adopt::neither, sync::prefer::neither);
    std::erase_if(out.files, [&](auto const& f) { return !is_written(f.first.generic_string()); });
    out.unused_files.clear();
    sync::write_files(bundle_dir(), out);
}

sync::plan world::plan(sync::plan_options const& options)
{
    if (options.prefer == sync::prefer::local) edits.remote_overridden();
    if (options.prefer == sync::prefer::remote) edits.local_overridden();
    auto const snap = refresh();
    auto bases = db.bases(tenant, workspace);
    try {
        auto const local = read_folder(bases);
        auto p = sync::make_plan(local, bases, snap, db, options);
        edits.named(p.conflicts);
        refusal_.clear();
        return p;
    } catch (error const& e) {
        refusal_ = e.what();
        throw;
    }
}

std::vector<sync::unit_result> world::carry_out(
    sync::plan const& p, std::int64_t release, std::vector<store::journal_row> const& history)
{
    sync::release_context context(db, secrets(), time);
    context.release = release;
    context.lease_token = db.take_lease(tenant, "test", 30'000).token;
    context.workspace = p.workspace;
    checked_ = false;
    sync::release_process process(p, context, history);
    bool alive = true;
    if (driver) driver(process);
    else alive = drive(process);
    last_state = process.state();
    last_fatal = process.fatal();
    if (alive)
        db.end_release(
            tenant, release, last_state, json::object{{"units", sync::to_json(process.results())}});
    return process.results();
}

std::vector<sync::unit_result> world::apply(sync::plan const& p)
{
    store::release_row row;
    row.workspace = p.workspace;
    row.plan = p.to_json();
    row.plan_digest = p.digest();
    row.reverts = p.reverts;
    row.actor = "tester";
    last_release = db.begin_release(tenant, row);
    return carry_out(p, last_release, {});
}

std::vector<sync::unit_result> world::resume()
{
    auto const row = db.release(tenant, last_release);
    REQUIRE(row);
    db.cut_journal(tenant, last_release);
    return carry_out(
        sync::plan::from_json(row->plan), last_release, db.journal(tenant, last_release));
}

void world::abandon()
{
    auto const row = db.release(tenant, last_release);
    auto const p = sync::plan::from_json(row->plan);
    sync::release_context context(db, secrets(), time);
    context.release = last_release;
    context.lease_token = db.take_lease(tenant, "test", 30'000).token;
    context.only_settle = true;
    sync::release_process process(p, context, db.journal(tenant, last_release));
    REQUIRE(drive(process));
    auto const units = sync::abandoned_results(p, db.journal(tenant, last_release));
    db.end_release(tenant, last_release, store::release_state::partial,
        json::object{{"units", sync::to_json(units)}});
}

std::vector<sync::unit_result> world::rollback(std::int64_t release)
{
    auto const row = db.release(tenant, release);
    REQUIRE(row);
    edits.local_overridden(); // what is taken back goes
    return apply(sync::make_rollback(*row, refresh(), db, tenant, {}));
}

void world::edit(std::string const& file, std::function<void(json::object&)> const& change)
{
    auto document = json::parse(read(file));
    change(document.as_object());
    write(file, json::to_text(document, json::style::pretty) + "\n");
}

std::string world::read(std::string const& file) const
{
    std::ifstream in(bundle_dir() / file, std::ios::binary);
    INFO(file);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

void world::write(std::string const& file, std::string const& text)
{
    note_file(file, text);
    fs::create_directories((bundle_dir() / file).parent_path());
    std::ofstream out(bundle_dir() / file, std::ios::binary | std::ios::trunc);
    out << text;
}

json::value world::call(retell::call c)
{
    note_change(c);
    http::request request;
    diagnostics diag;
    REQUIRE_FALSE(retell::encode(*c.op, c.args, request, diag));
    request.headers.set("Authorization", "Bearer somebody-else");
    time.advance(std::chrono::milliseconds(5));
    auto const reply = sim.handle(request);
    INFO(c.op->name, " ", reply.status, " ", reply.body);
    REQUIRE(reply.status / 100 == 2);
    return reply.body.empty() ? json::value() : json::parse(reply.body);
}

std::int64_t world::publish_elsewhere(
    std::string const& agent_id, json::object engine_patch, json::object agent_patch)
{
    std::int64_t newest = -1;
    for (auto const& v : versions(agent_id))
        if (v.bool_at("is_published")) newest = std::max(newest, v.int_at("version"));
    auto const draft = call(retell::create_agent_version(agent_id, newest));
    auto const version = draft.int_at("version");
    auto const engine = sync::engine_of(draft);
    if (!engine_patch.empty()) {
        bool const llm = engine->kind == resource_kind::llm;
        auto const before = call(llm ? retell::get_llm(engine->id, engine->version)
                                     : retell::get_flow(engine->id, engine->version));
        auto after =
            call(llm ? retell::update_llm(engine->id, engine->version, std::move(engine_patch))
                     : retell::update_flow(engine->id, engine->version, std::move(engine_patch)));
        edits.remote(engine->kind, engine->id,
            resource_named(retell::name(engine->kind), engine->id), before, std::move(after));
    }
    if (!agent_patch.empty()) {
        auto after = call(retell::update_agent(agent_id, version, std::move(agent_patch)));
        edits.remote(resource_kind::agent, agent_id, resource_named("agent", agent_id), draft,
            std::move(after));
    }
    call(retell::publish_agent_version(agent_id, version));
    return version;
}

void world::tell_simulator(char const* target, std::string const& json_text)
{
    http::request request;
    request.method = "POST";
    request.target = target;
    request.headers.set("Content-Type", "application/json");
    request.body = json_text;
    auto const reply = sim.handle(request);
    INFO(reply.body);
    REQUIRE(reply.status / 100 == 2);
}

void world::fault(std::string const& json_text)
{
    tell_simulator("/__simulator/faults", json_text);
}

void world::option(std::string const& name, json::value value)
{
    tell_simulator("/__simulator/options", json::to_text(json::object{{name, std::move(value)}}));
}

json::value world::number(std::string const& e164)
{
    return call(retell::get_phone_number(e164));
}

json::value world::agent(std::string const& id, std::int64_t version)
{
    return call(retell::get_agent(id, version));
}

std::vector<json::value> world::versions(std::string const& agent_id)
{
    auto page = call(retell::list_agent_versions(agent_id));
    auto rows = page.find("items")->as_array();
    std::ranges::sort(rows, {}, [](json::value const& v) { return v.int_at("version"); });
    return rows;
}

std::string world::content_at(std::string const& e164)
{
    auto const n = number(e164);
    auto const& pin = n.at_or_null("inbound_agents").as_array().at(0);
    auto const a = agent(std::string(pin.string_at("agent_id")), pin.int_at("agent_version"));
    auto const engine = sync::engine_of(a);
    if (!engine) return sync::version_contents::of(a, nullptr);
    auto const e =
        call(engine->kind == resource_kind::llm ? retell::get_llm(engine->id, engine->version)
                                                : retell::get_flow(engine->id, engine->version));
    return sync::version_contents::of(a, &e);
}

std::size_t world::resource_count() const
{
    auto const s = sim.state();
    std::size_t count = 0;
    for (auto const list : {"agents", "retell_llms", "conversation_flows", "phone_numbers"})
        count += s.at_or_null(list).as_array().size();
    return count;
}

void ask_to_delete(world& w, std::vector<std::string> const& names)
{
    json::array list;
    for (auto const& name : names) {
        list.push_back(name);
        fs::remove(w.bundle_dir() / (name + ".json"));
    }
    w.write("deleted.json", json::to_text(json::object{{"delete", std::move(list)}}));
}

void write_new_agent(world& w)
{
    w.write("llms/neu.json",
        R"({"model": "gpt-4.1", "general_prompt": "Hallo.", "start_speaker": "agent"})");
    w.write("agents/neu.json",
        R"({"agent_name": "Neu", "voice_id": "11labs-Carola", "language": "de-DE",
            "response_engine": {"type": "retell-llm", "llm_id": "@llms/neu"}})");
}

void add_hand_over(world& w, std::string const& file, std::string const& agent)
{
    w.edit(file, [&](json::object& o) {
        o.find("general_tools")
            ->as_array()
            .push_back(json::object{{"type", "agent_swap"}, {"name", "weiter"},
                {"description", "Weiter"}, {"agent_id", "@" + agent}});
    });
}

void unbind_night(world& w)
{
    w.edit("numbers/+493023125003.json", [](json::object& o) {
        auto& pins = o.find("inbound_agents")->as_array();
        pins.pop_back();
        pins[0].as_object().set("weight", 1);
    });
}

void expect_done(std::vector<sync::unit_result> const& results)
{
    CHECK_FALSE(results.empty());
    expect_none_failed(results);
}

void expect_none_failed(std::vector<sync::unit_result> const& results)
{
    for (auto const& r : results) {
        INFO(r.name, " ", r.step, ": ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
}

} // namespace trunkline::test
