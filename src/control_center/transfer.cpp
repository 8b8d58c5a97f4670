#include "control_center/impl.hpp"

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

} // namespace

void control_center::export_erased(
    progress_listener* listener, diagnostics& diag, handler<sync::account_export> h)
{
    std::make_shared<export_operation>(*impl_, diag, std::move(h), listener)->launch();
}

sync::import_result control_center::import_into(std::filesystem::path const& dir,
    sync::account_export const& e, sync::import_options const& options)
{
    return sync::write_import(dir, e, options, impl_->redactor());
}

} // namespace trunkline
