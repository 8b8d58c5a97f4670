#pragma once

#include <trunkline/core/time.hpp>

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace trunkline {

enum class log_level : std::uint8_t { debug, info, warning, error };

/// "debug", "info", "warning" or "error".
std::string_view name(log_level level) noexcept;

/// One named detail of a log record. Borrows both texts.
class log_field {
public:
    log_field(std::string_view n, std::string_view v) noexcept : name(n), value(v) {}
    std::string_view name;
    std::string_view value;
};

/**
 * Where the library reports what it did. Implemented by the host; the library never writes to a
 * stream of its own choice and never logs a secret.
 *
 * Thread safety: both functions are called from any thread, also concurrently.
 */
class log_sink {
public:
    virtual ~log_sink() = default;
    /// Whether records of this level are of use, so that others need not be put together.
    virtual bool wants(log_level level) const noexcept = 0;
    /// Takes one record. `event` is a stable name such as "release.published"; what varies is in
    /// the fields. A sink that cannot write drops the record: logging never fails an operation.
    virtual void write(
        log_level level, std::string_view event, std::span<log_field const> fields) noexcept = 0;

    void log(log_level level, std::string_view event, std::initializer_list<log_field> fields = {})
    {
        if (wants(level)) write(level, event, {fields.begin(), fields.size()});
    }
};

/// Drops everything.
class null_sink final : public log_sink {
public:
    bool wants(log_level) const noexcept override { return false; }
    void write(log_level, std::string_view, std::span<log_field const>) noexcept override {}
    /// One shared instance; it has no state.
    static null_sink& instance() noexcept
    {
        static null_sink s;
        return s;
    }
};

/**
 * The last hand on a finished line before it is written, for example mask_line_filter, which takes
 * secrets out of it. Thread safety: called from any thread, also concurrently.
 */
class line_filter {
public:
    virtual ~line_filter() = default;
    /// Changes the line, which has no line end, in place. What it cannot vouch for it replaces.
    virtual void apply(std::string& line) const noexcept = 0;
};

/**
 * Writes each record as one line of JSON:
 * {"time":"2026-11-22T09:30:00.123Z","level":"info","event":"release.published","release":"12"}
 * A field called as one of the first three, or as a field before it, is left out.
 *
 * Thread safety: any thread; lines never mix. Lifetimes: stream, clock and filter outlive the sink.
 */
class json_line_sink final : public log_sink {
public:
    explicit json_line_sink(std::ostream& out, log_level least = log_level::info,
        time_source const& clock = system_time::instance(),
        line_filter const* filter = nullptr) noexcept
        : out_(out), least_(least), clock_(clock), filter_(filter)
    {}
    /// As above, with what every line passes before it is written.
    json_line_sink(
        std::ostream& out, line_filter const& filter, log_level least = log_level::info) noexcept
        : json_line_sink(out, least, system_time::instance(), &filter)
    {}
    bool wants(log_level level) const noexcept override { return level >= least_; }
    void write(log_level level, std::string_view event,
        std::span<log_field const> fields) noexcept override;

private:
    std::ostream& out_;
    log_level least_;
    time_source const& clock_;
    line_filter const* filter_;
    std::mutex mutex_;
};

} // namespace trunkline
