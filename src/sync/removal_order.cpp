#include "sync/removal_order.hpp"

namespace trunkline::sync::detail {

removal_order::removal_order(std::vector<member> members)
    : members_(std::move(members)),
      stages_(members_.size(), stage::looked_at),
      users_(members_.size()),
      looked_at_(members_.size())
{
    for (auto const& m : members_)
        for (auto const named : m.named) ++users_[named];
    for (std::size_t i = 0; i < members_.size(); ++i)
        if (members_[i].gone) ended(i, true);
}

void removal_order::may_go(std::size_t index)
{
    stages_[index] = stage::waiting;
    --looked_at_;
    if (users_[index] == 0) free_.push_back(index);
    proceed();
}

void removal_order::ended(std::size_t index, bool gone)
{
    looked_at_ -= stages_[index] == stage::looked_at;
    going_ -= stages_[index] == stage::going;
    stages_[index] = stage::over;
    endings_.emplace_back(index, gone);
    proceed();
}

/// What it begins may end before it returns, and comes back here: one loop sees to all of it,
/// however many they are.
void removal_order::proceed()
{
    if (proceeding_ || looked_at_ > 0) return;
    proceeding_ = true;
    do take_endings();
    while (begin_next());
    proceeding_ = false;
}

void removal_order::take_endings()
{
    while (!endings_.empty()) {
        auto const [index, gone] = endings_.back();
        endings_.pop_back();
        for (auto const named : members_[index].named) {
            if (!gone && stages_[named] == stage::waiting)
                members_[named].stay(members_[index].name);
            if (--users_[named] == 0 && stages_[named] == stage::waiting) free_.push_back(named);
        }
    }
}

void removal_order::begin(std::size_t index)
{
    stages_[index] = stage::going;
    ++going_;
    members_[index].go();
}

/// False once nothing more can begin by now.
bool removal_order::begin_next()
{
    while (!free_.empty()) {
        auto const next = free_.back();
        free_.pop_back();
        if (stages_[next] != stage::waiting) continue;
        begin(next);
        return true;
    }
    if (going_ > 0) return false;
    auto const first = first_of_a_circle();
    if (first) begin(*first);
    return first.has_value();
}

/// All that wait are named by others that wait. Whoever is reached last, going by what is named
/// from one after the other, is in a circle that nobody outside of it names.
std::optional<std::size_t> removal_order::first_of_a_circle() const
{
    std::optional<std::size_t> last;
    std::vector<bool> reached(members_.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (stages_[i] != stage::waiting || reached[i]) continue;
        last = i;
        reached[i] = true;
        open.push_back(i);
        while (!open.empty()) {
            auto const at = open.back();
            open.pop_back();
            for (auto const named : members_[at].named)
                if (stages_[named] == stage::waiting && !reached[named]) {
                    reached[named] = true;
                    open.push_back(named);
                }
        }
    }
    return last;
}

} // namespace trunkline::sync::detail
