#pragma once

#include <trunkline/retell/admission.hpp>

#include <chrono>
#include <memory>

namespace trunkline::retell {

/// Options of a paced_admission. Copyable.
class pace_options {
public:
    pace_options() {}
    double requests_per_second = 0; ///< 0: no limit of ours.
    unsigned burst = 1;             ///< Requests that may leave at once under a limit.
    /// A longer Retry-After holds nobody else back: each call shall learn of it by itself.
    std::chrono::milliseconds retry_after_cap{60'000};
};

/**
 * Admission by pace alone, what a client has unless told otherwise: requests leave evenly, the more
 * urgent first, then in the order in which they came. A 429 for the rate holds all of them back for
 * as long as the service asks, and spaces them for a while after that. Refuses nobody.
 *
 * Who gives up leaves no gap behind. Thread safety: any thread.
 */
class paced_admission final : public admission {
public:
    explicit paced_admission(pace_options const& options);
    ~paced_admission() override;
    std::unique_ptr<passage> enter(
        attempt_request const& request, std::function<void()> wake) override;

private:
    class line;
    class place;
    std::shared_ptr<line> line_; ///< Also of the passages, which may live longer.
};

} // namespace trunkline::retell
