#include <trunkline/core/json.hpp>
#include <trunkline/core/log.hpp>

#include <ostream>

namespace trunkline {

std::string_view name(log_level level) noexcept
{
    switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warning: return "warning";
    case log_level::error: return "error";
    }
    return "unknown";
}

void json_line_sink::write(
    log_level level, std::string_view event, std::span<log_field const> fields) noexcept
try {
    json::object record{
        {"time", to_iso8601(clock_.unix_ms())}, {"level", name(level)}, {"event", event}};
    for (auto const& field : fields)
        if (!record.contains(field.name)) record.set(field.name, field.value);
    auto line = json::to_text(std::move(record));
    if (filter_) filter_->apply(line);
    line += '\n';
    std::lock_guard const lock(mutex_);
    out_.write(line.data(), static_cast<std::streamsize>(line.size())).flush();
} catch (...) {
    // Out of memory, or a stream that throws: the record is dropped, as the interface says.
}

} // namespace trunkline
