#include "control_center/impl.hpp"

#include <algorithm>
#include <memory>

namespace trunkline {
namespace {

class export_operation final : public detail::operation<sync::account_export> {
public:
    export_operation(control_center::impl& c, diagnostics& d, handler h, progress_listener* listener)
        : operation(c, d, std::move(h)), listener_(listener)
    {}

private:
    void begin() override
    {
        refresh(listener_, [this](sync::snapshot snap, sync::refresh_progress) {
            auto const& tenant = center.options.tenant;
            auto const files = sync::make_checkout(
                std::nullopt, {}, snap, center.store, tenant, sync::adopt::neither);
            result = sync::make_export(files.files);
            result.tenant = tenant.str();
            result.environment = center.store.environment();
            result.made_at = center.time.unix_ms();
            complete({});
        });
    }

    progress_listener* listener_;
};

/// Reads what an import needs to know of the account.
class import_check_operation final : public detail::operation<sync::import_findings> {
public:
    import_check_operation(control_center::impl& c, diagnostics& d, handler h,
        std::filesystem::path dir, sync::account_export e, sync::import_options options)
        : operation(c, d, std::move(h)),
          dir_(std::move(dir)),
          export_(std::move(e)),
          options_(std::move(options))
    {}

private:
    void begin() override
    {
        result.asks = sync::missing_secrets(export_, options_);
        auto needs = sync::needs_left(dir_, export_, options_);
        try {
            survey_ = std::make_unique<sync::import_survey>(export_, std::move(needs));
            run(*survey_, {}, [this] { surveyed(); });
        } catch (error const&) {
            if (result.asks.empty()) throw; // which secrets are needed is known without the service
            judge();
        }
    }

    void surveyed()
    {
        if (survey_->result()) {
            if (result.asks.empty() || canceled()) return fail(survey_->result(), survey_->diag());
            return judge();
        }
        auto asks = std::move(result.asks);
        result = survey_->take();
        result.asks = std::move(asks);
        result.begun = is_begun();
        judge();
    }

    void judge()
    {
        auto text = sync::objection(export_, options_, result);
        if (text.empty()) return complete({});
        fail(result.asks.empty() ? errc::guard_refused : errc::invalid_argument, std::move(text));
    }

    /// Whether this store has released, or begun to, from the folder.
    bool is_begun() const
    {
        auto const header = sync::read_header(dir_);
        auto const& tenant = center.options.tenant;
        if (!header || header->tenant != tenant.str()) return false;
        return !center.store.bases(tenant, header->workspace).empty() ||
            std::ranges::any_of(center.store.releases(tenant),
                [&](store::release_row const& r) { return r.workspace == header->workspace; });
    }

    std::filesystem::path dir_;
    sync::account_export export_;
    sync::import_options options_;
    std::unique_ptr<sync::import_survey> survey_;
};

} // namespace

void control_center::export_erased(
    progress_listener* listener, diagnostics& diag, handler<sync::account_export> h)
{
    std::make_shared<export_operation>(*impl_, diag, std::move(h), listener)->launch();
}

void control_center::check_import_erased(std::filesystem::path dir, sync::account_export e,
    sync::import_options options, diagnostics& diag, handler<sync::import_findings> h)
{
    std::make_shared<import_check_operation>(
        *impl_, diag, std::move(h), std::move(dir), std::move(e), std::move(options))
        ->launch();
}

sync::import_result control_center::import_into(std::filesystem::path const& dir,
    sync::account_export const& e, sync::import_options const& options)
{
    auto out = sync::write_import(dir, e, options, impl_->redactor());
    sync::forget_taken_back(impl_->store, impl_->options.tenant, dir, agreed_workspace);
    return out;
}

} // namespace trunkline
