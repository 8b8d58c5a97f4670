#pragma once

#include "console.hpp"

#include <trunkline/control_center.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace cli {

/// Shows how far an operation is, in one line that redraws itself; silent where nobody watches.
class progress_display final : public trunkline::progress_listener {
public:
    explicit progress_display(console& c) : console_(c) {}

    /// How many requests were made, asked when a line is drawn.
    void count_requests_by(std::function<std::uint64_t()> f) { requests_ = std::move(f); }
    void expect_units(std::size_t n) noexcept { expected_units_ = n; }

    void on_refresh(trunkline::sync::refresh_progress const& p) override;
    void on_unit(trunkline::sync::unit_result const& r) override;
    void on_message(std::string_view text) override { console_.note(text); }

private:
    void draw(std::string const& text, bool important);

    console& console_;
    std::function<std::uint64_t()> requests_;
    std::map<std::string, bool> units_; ///< By name: whether it has ended.
    std::size_t expected_units_ = 0;
    std::chrono::steady_clock::time_point drawn_{};
};

} // namespace cli
