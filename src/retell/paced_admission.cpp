#include <trunkline/resilience/pacer.hpp>
#include <trunkline/retell/paced_admission.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace trunkline::retell {

/// Those who wait, in the order in which they will go.
class paced_admission::line {
public:
    using key = std::pair<priority, std::uint64_t>;
    using wake_function = std::function<void()>;

    explicit line(pace_options const& o)
        : pacer_(o.requests_per_second, o.burst), retry_after_cap_(o.retry_after_cap)
    {}

    admission_answer ask(key& at, wake_function const& wake, admission_clock::time_point now)
    {
        std::lock_guard const lock(mutex_);
        if (at.second == 0) at.second = ++last_;
        auto const [here, is_new] = waiting_.try_emplace(at, wake);
        auto const before = static_cast<std::size_t>(std::distance(waiting_.begin(), here));
        auto const wait = pacer_.wait_for(now, before);
        if (wait > admission_clock::duration::zero()) return admission_answer::wait(now + wait);
        pacer_.reserve(now);
        waiting_.erase(here);
        return admission_answer::go();
    }

    void give_up(key const& at)
    {
        std::vector<wake_function> moved_up;
        {
            std::lock_guard const lock(mutex_);
            auto const here = waiting_.find(at);
            if (here == waiting_.end()) return;
            for (auto next = waiting_.erase(here); next != waiting_.end(); ++next)
                moved_up.push_back(next->second);
        }
        for (auto const& wake : moved_up) wake();
    }

    void report(attempt_report const& r)
    {
        std::lock_guard const lock(mutex_);
        if (r.outcome != outcome::throttled) {
            if (r.status != 0) pacer_.accepted();
            return;
        }
        auto const asked = r.retry_after.value_or(std::chrono::milliseconds(0));
        if (asked > retry_after_cap_) return;
        auto const wait = std::max(asked, r.retry_in.value_or(std::chrono::milliseconds(0)));
        pacer_.refused(r.sent_at, r.now, wait);
    }

private:
    std::mutex mutex_;
    resilience::pacer pacer_;
    std::chrono::milliseconds retry_after_cap_;
    std::uint64_t last_ = 0;
    std::map<key, wake_function> waiting_;
};

class paced_admission::place final : public passage {
public:
    place(std::shared_ptr<line> l, priority p, std::function<void()> wake)
        : line_(std::move(l)), key_(p, 0), wake_(std::move(wake))
    {}
    ~place() override { line_->give_up(key_); }

    admission_answer ask(admission_clock::time_point now) override
    {
        return line_->ask(key_, wake_, now);
    }
    void report(attempt_report const& r) noexcept override { line_->report(r); }

private:
    std::shared_ptr<line> line_;
    line::key key_;
    std::function<void()> wake_;
};

paced_admission::paced_admission(pace_options const& options)
    : line_(std::make_shared<line>(options))
{}

paced_admission::~paced_admission() = default;

std::unique_ptr<passage> paced_admission::enter(
    attempt_request const& request, std::function<void()> wake)
{
    return std::make_unique<place>(line_, request.priority, std::move(wake));
}

} // namespace trunkline::retell
