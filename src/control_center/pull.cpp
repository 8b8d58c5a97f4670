#include "control_center/impl.hpp"
#include "sync/folder_lock.hpp"
#include "sync/tool_count.hpp"

#include <unistd.h>

#include <map>
#include <system_error>

namespace trunkline {
namespace detail {

sync::bundle read_folder(control_center::impl& c, std::filesystem::path const& dir,
    std::vector<store::base_row>& bases, sync::unknown_secrets unknown)
{
    auto const header = sync::read_header(dir);
    if (!header)
        throw error(errc::invalid_bundle,
            dir.string() + " holds no bundle (no trunkline.json); run: trunkline pull " +
                dir.string());
    auto const& tenant = c.options.tenant;
    if (header->tenant != tenant.str())
        throw error(errc::invalid_bundle,
            dir.string() + " belongs to tenant \"" + header->tenant + "\", not to \"" +
                tenant.str() + "\"; say --tenant " + header->tenant);
    bases = c.store.bases(tenant, header->workspace);
    std::vector<store::base_row> moved;
    auto const begun = sync::begun_rows(c.store, tenant, header->workspace);
    auto local = sync::read_folder(dir, bases, begun, c.redactor(), unknown, moved);
    if (!moved.empty()) c.store.put_bases(tenant, header->workspace, moved);
    return local;
}

} // namespace detail

namespace {

namespace fs = std::filesystem;

std::string told_of(std::size_t conflicts)
{
    return (conflicts == 1 ? "1 field was" : std::to_string(conflicts) + " fields were") +
        std::string(
            " changed both here and at the service; the files that hold them were left alone: "
            "edit them to agree, or see pull --help");
}

class pull_operation final : public detail::operation<pull_report> {
public:
    pull_operation(
        control_center::impl& c, diagnostics& d, handler h, fs::path dir, pull_options opts)
        : operation(c, d, std::move(h)), dir_(std::move(dir)), opts_(std::move(opts))
    {}

private:
    void begin() override
    {
        check_folder();
        if (!opts_.dry_run) lock_.emplace(dir_);
        read_local(); // first, so that an unreadable folder costs no request
        refresh(opts_.listener, [this](sync::snapshot snap, sync::refresh_progress p) {
            if (canceled()) return fail(errc::canceled, "cancelled; nothing was written");
            result.reused = p.reused;
            // Reading an account takes minutes at some rates: what was edited meanwhile counts.
            if (local_) read_local();
            check_out(snap);
        });
    }

    void check_folder()
    {
        std::error_code ec;
        if (fs::exists(dir_, ec) && !fs::is_directory(dir_, ec))
            throw error(errc::invalid_bundle,
                dir_.string() + " is not a directory; name a directory to pull into");
        if (opts_.dry_run) return;
        fs::create_directories(dir_, ec);
        if (ec)
            throw error(
                errc::invalid_bundle, "cannot create " + dir_.string() + ": " + ec.message());
        if (::access(dir_.c_str(), W_OK) != 0)
            throw error(errc::invalid_bundle,
                dir_.string() + " cannot be written; choose another directory");
    }

    void read_local()
    {
        if (sync::read_header(dir_)) {
            // A store that is new (or was lost) does not know the folder's secrets; a pull compares
            // them all the same.
            local_ = detail::read_folder(center, dir_, bases_, sync::unknown_secrets::keep);
            return;
        }
        std::error_code ec;
        for (auto const sub : {"agents", "llms", "flows", "numbers", "knowledge"})
            if (fs::exists(dir_ / sub, ec))
                throw error(errc::invalid_bundle,
                    dir_.string() + " has " + sub +
                        "/ but no trunkline.json; pull into an empty directory");
    }

    void check_out(sync::snapshot const& snap)
    {
        auto const& tenant = center.options.tenant;
        auto out = sync::make_checkout(
            local_, bases_, snap, center.store, tenant, opts_.adopt, opts_.prefer);
        count(snap);
        if (!opts_.dry_run) write(out);
        out.files.clear();
        bool const conflicts = !out.conflicts.empty();
        result.changes = std::move(out);
        if (conflicts) return fail(errc::merge_conflict, told_of(result.changes.conflicts.size()));
        complete({});
    }

    /// Files first: if writing them stops half-way, the next pull merges against the old base and
    /// finds the written files equal to the service.
    void write(sync::checkout const& out)
    {
        sync::bundle header;
        header.tenant = center.options.tenant.str();
        header.workspace = local_ ? local_->workspace : store::new_workspace_id();
        if (!local_) sync::write_header(dir_, header);
        auto const& tenant = center.options.tenant;
        sync::begin_pull(center.store, tenant, header.workspace, bases_, out);
        result.files_written = sync::write_files(dir_, out);
        if (result.files_written > 0) lock_->flush();
        sync::end_pull(center.store, tenant, header.workspace, agreed_workspace, out);
    }

    void count(sync::snapshot const& snap)
    {
        result.agents = snap.agents.size();
        result.numbers = snap.numbers.size();
        std::map<std::pair<retell::resource_kind, std::string>, std::size_t> engines;
        for (auto const& a : snap.agents)
            if (a.engine)
                engines.insert_or_assign(
                    {a.engine->kind, a.engine->id}, sync::detail::tool_count(a.engine->document));
        for (auto const& e : snap.spare_engines)
            engines.insert_or_assign({e.kind, e.id}, sync::detail::tool_count(e.document));
        for (auto const& [key, tools] : engines) {
            (key.first == retell::resource_kind::llm ? result.llms : result.flows) += 1;
            result.tools += tools;
        }
    }

    void finishing() override { result.requests = requests_made(); }

    store::store::sharing const sharing_{center.store};
    fs::path dir_;
    pull_options opts_;
    std::optional<sync::folder_lock> lock_;
    std::optional<sync::bundle> local_;
    std::vector<store::base_row> bases_;
};

} // namespace

void control_center::pull_erased(
    fs::path dir, pull_options opts, diagnostics& diag, handler<pull_report> h)
{
    std::make_shared<pull_operation>(*impl_, diag, std::move(h), std::move(dir), std::move(opts))
        ->launch();
}

} // namespace trunkline
