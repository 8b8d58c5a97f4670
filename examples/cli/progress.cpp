#include "progress.hpp"

#include <algorithm>

namespace cli {

using namespace std::chrono_literals;
using trunkline::sync::unit_state;

void progress_display::on_refresh(trunkline::sync::refresh_progress const& p)
{
    if (!console_.shows_progress()) return;
    auto text = "reading: lists " + std::to_string(p.lists_done) + "/4";
    if (p.agents_total > 0)
        text += ", agents " + std::to_string(p.agents_done) + "/" + std::to_string(p.agents_total);
    if (p.engines_fetched > 0) text += ", engines " + std::to_string(p.engines_fetched);
    draw(text, false);
}

void progress_display::on_unit(trunkline::sync::unit_result const& r)
{
    if (!console_.shows_progress()) return;
    bool const ended = r.state != unit_state::pending && r.state != unit_state::running;
    units_[r.name] = ended;
    std::size_t done = 0;
    for (auto const& [name, over] : units_) done += over ? 1 : 0;
    auto const total = std::max(units_.size(), expected_units_);
    draw("releasing: " + std::to_string(done) + "/" + std::to_string(total) + ", " + r.name + ": " +
            (ended ? std::string(trunkline::sync::name(r.state)) : r.step),
        ended);
}

void progress_display::draw(std::string const& text, bool important)
{
    // A terminal over a slow line should not be what a release waits for.
    auto const now = std::chrono::steady_clock::now();
    if (!important && now - drawn_ < 80ms) return;
    drawn_ = now;
    console_.progress(requests_ ? text + ", " + counted(requests_(), "request") : text);
}

} // namespace cli
