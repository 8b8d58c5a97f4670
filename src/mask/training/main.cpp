/// What a masker is used for, for the compiler to count what it does (cmake/profile.cmake): calls,
/// agents and logs of every notation, in every zone. No benchmark and no test masks any of these.

#include "documents.hpp"

#include <trunkline/mask/masker.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace trunkline;

/// Most of what is masked is going to be logged.
constexpr mask_zone zones[] = {mask_zone::log, mask_zone::error, mask_zone::log, mask_zone::api,
    mask_zone::log, mask_zone::webhook_out, mask_zone::log, mask_zone::export_,
    mask_zone::transcript};

/// Returns how many values went.
std::uint64_t mask_all(masker const& m, std::vector<std::string> const& texts, int times)
{
    std::uint64_t found = 0;
    for (int n = 0; n < times; ++n)
        for (auto const zone : zones)
            for (auto const& t : texts) found += m.mask(t, zone).counts.total();
    return found;
}

} // namespace

int main()
{
    masker const m;
    mask_training::dice d;
    std::vector<std::string> calls, agents, logs;
    for (int n = 0; n < 40; ++n) calls.push_back(mask_training::call(d));
    for (int n = 0; n < 10; ++n) agents.push_back(mask_training::agent(d));
    for (int n = 0; n < 200; ++n) logs.push_back(mask_training::line(d));
    std::string all;
    for (auto const& l : logs) all += l + '\n';
    logs.push_back(all);
    auto const found = mask_all(m, calls, 4) + mask_all(m, agents, 4) + mask_all(m, logs, 4);
    std::printf("%llu values masked\n", static_cast<unsigned long long>(found));
    return found != 0 ? 0 : 1;
}
