#include "control_center/impl.hpp"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

namespace trunkline::detail {
namespace {

/// Start time of a process in clock ticks since boot: with the pid it names one process for good.
std::string start_time(long pid)
{
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(in, line)) return {};
    // The command name is in parentheses and may hold spaces; fields are counted behind it.
    auto const end = line.rfind(')');
    if (end == std::string::npos) return {};
    std::istringstream rest(line.substr(end + 1));
    std::string field;
    for (int i = 0; i < 20; ++i) rest >> field; // field 22 of the line
    return field;
}

std::string host_name()
{
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

std::string own_name()
{
    auto const pid = static_cast<long>(::getpid());
    return host_name() + ":" + std::to_string(pid) + ":" + start_time(pid);
}

/// True if `owner` is a process of this machine that no longer runs.
bool is_dead(std::string const& owner)
{
    auto const first = owner.find(':');
    auto const second = owner.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos ||
        owner.substr(0, first) != host_name())
        return false;
    auto const pid = std::atol(owner.substr(first + 1, second - first - 1).c_str());
    auto const started = owner.substr(second + 1);
    if (pid <= 0 || started.empty()) return false;
    return start_time(pid) != started;
}

} // namespace

engine_lease::engine_lease(store::store& s, tenant_id tenant)
    : store_(s), tenant_(std::move(tenant)), owner_(own_name())
{}

void engine_lease::take()
{
    store_.ensure_tenant(tenant_);
    if (auto const held = store_.lease(tenant_);
        held && held->owner != owner_ && is_dead(held->owner))
        store_.release_lease(tenant_, held->token);
    token_ = store_.take_lease(tenant_, owner_, ttl_ms).token;
}

engine_lease::~engine_lease()
{
    if (token_ == 0) return;
    try {
        store_.release_lease(tenant_, token_);
    } catch (...) {
        // It expires by itself.
    }
}

} // namespace trunkline::detail
