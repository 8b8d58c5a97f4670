#include "simulator_impl.hpp"

#include <trunkline/retell/demo_account.hpp>

namespace trunkline::retell {

void simulator::load_demo_account()
{
    load_state(make_demo_account(impl_->options.seed, impl_->time.unix_ms()));
}

} // namespace trunkline::retell
