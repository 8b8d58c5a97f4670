#include "progress.hpp"

#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <cstdio>

namespace cli {

using namespace std::chrono_literals;
using trunkline::sync::operation_progress;

namespace {

std::string pace(double requests_per_second)
{
    char text[40];
    std::snprintf(text, sizeof text,
        requests_per_second < 10 ? "%.1f requests/s" : "%.0f requests/s", requests_per_second);
    return text;
}

/// "40 s left", "3:05 left", "2:10:00 left".
std::string remaining(std::chrono::milliseconds left)
{
    auto const s = std::chrono::ceil<std::chrono::seconds>(left).count();
    char text[40];
    if (s < 60) std::snprintf(text, sizeof text, "%lld s left", static_cast<long long>(s));
    else if (s < 3600)
        std::snprintf(text, sizeof text, "%lld:%02lld left", static_cast<long long>(s / 60),
            static_cast<long long>(s % 60));
    else
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld left", static_cast<long long>(s / 3600),
            static_cast<long long>(s / 60 % 60), static_cast<long long>(s % 60));
    return text;
}

std::string in_words(operation_progress const& p)
{
    auto text = p.phase + ": " + std::to_string(p.done) + "/" +
        (p.total > 0 ? std::to_string(p.total) : std::string("?")) + ", " +
        counted(p.requests, "request");
    if (p.requests_per_second > 0) text += ", " + pace(p.requests_per_second);
    if (p.left && p.done < p.total) text += ", " + remaining(*p.left);
    return p.what.empty() ? text : text + ", " + p.what;
}

} // namespace

void progress_display::on_progress(operation_progress const& p)
{
    if (!is_due(p)) return;
    if (console_.shows_progress()) console_.progress(in_words(p));
    else if (console_.json()) console_.log_document(to_json(p));
    else console_.note(in_words(p));
}

bool progress_display::is_due(operation_progress const& p)
{
    auto const now = std::chrono::steady_clock::now();
    bool const moved = p.phase != phase_ || p.done != done_;
    // A terminal over a slow line should not be what a release waits for.
    auto const pause = console_.shows_progress() ? std::chrono::milliseconds(moved ? 0 : 80)
        : console_.json()                        ? std::chrono::milliseconds(1s)
                                                 : std::chrono::milliseconds(pause_);
    if (now - told_ < pause) return false;
    told_ = now;
    phase_ = p.phase;
    done_ = p.done;
    pause_ = std::min<std::chrono::seconds>(pause_ * 2, 60s);
    return true;
}

} // namespace cli
