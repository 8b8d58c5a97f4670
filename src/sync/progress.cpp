#include <trunkline/sync/progress.hpp>

#include <algorithm>
#include <utility>

namespace trunkline::sync {

namespace {

double seconds(progress_meter::time_point from, progress_meter::time_point to)
{
    return std::chrono::duration<double>(to - from).count();
}

} // namespace

void progress_meter::begin(std::string phase, std::uint64_t requests, time_point now)
{
    now_ = {};
    now_.phase = std::move(phase);
    began_ = now;
    first_requests_ = requests;
    marks_ = {{now, 0}};
}

operation_progress const& progress_meter::advance(
    double parts, std::size_t total, std::string what, std::uint64_t requests, time_point now)
{
    now_.done = static_cast<std::size_t>(std::max(0.0, parts));
    now_.total = total;
    now_.what = std::move(what);
    now_.requests = requests - first_requests_;
    // One mark for each tenth of a second is enough, however many answers arrive in it.
    if (now - marks_.back().at >= std::chrono::milliseconds(100))
        marks_.push_back({now, now_.requests});
    while (marks_.size() > 2 && now - marks_[1].at >= window) marks_.pop_front();
    auto const passed = seconds(marks_.front().at, now);
    now_.requests_per_second =
        passed >= 1 ? static_cast<double>(now_.requests - marks_.front().requests) / passed : 0;

    auto const whole = seconds(began_, now);
    auto const all = static_cast<double>(total);
    now_.left.reset();
    // Of less than a fiftieth and of a moment nothing can be foretold.
    if (parts >= all && total > 0) now_.left = std::chrono::milliseconds(0);
    else if (total > 0 && parts * 50 >= all && parts > 0 && whole >= 1)
        now_.left = std::chrono::milliseconds(
            static_cast<std::int64_t>(1'000 * whole * (all - parts) / parts));
    return now_;
}

} // namespace trunkline::sync
