#include "load.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
namespace json = trunkline::json;

namespace {

std::vector<std::string> called_numbers(json::value const& state)
{
    std::vector<std::string> out;
    for (json::value const& number : state.find("phone_numbers")->as_array()) {
        json::value const& agents = number.at_or_null("inbound_agents");
        bool const answered = agents.is_array() && !agents.as_array().empty();
        if (answered || !number.string_at("inbound_webhook_url").empty())
            out.emplace_back(number.string_at("phone_number"));
    }
    return out;
}

} // namespace

call_load::call_load(boost::asio::any_io_executor executor, trunkline::retell::simulator& sim,
    double per_second, json::value script, std::function<void()> begun)
    : sim_(sim),
      per_second_(per_second),
      script_(std::move(script)),
      begun_(std::move(begun)),
      numbers_(called_numbers(sim.state())),
      timer_(executor)
{
    if (numbers_.empty())
        throw std::runtime_error("--calls-per-second: no phone number of the account is answered");
}

void call_load::start()
{
    since_ = clock_type::now();
    begin_owed();
}

/// As many as the clock says: a late tick makes up for what it missed.
void call_load::begin_owed()
{
    std::chrono::duration<double> const passed = clock_type::now() - since_;
    auto const owed = static_cast<std::uint64_t>(passed.count() * per_second_) + 1;
    bool const any = count_ < owed;
    while (count_ < owed) begin_one();
    if (any) begun_();
    timer_.expires_after(
        std::clamp<clock_type::duration>(std::chrono::duration_cast<clock_type::duration>(
                                             std::chrono::duration<double>(1 / per_second_)),
            2ms, 1s));
    timer_.async_wait([this](boost::system::error_code canceled) {
        if (!canceled) begin_owed();
    });
}

void call_load::begin_one()
{
    char caller[24];
    std::snprintf(caller, sizeof caller, "+4917%09llu",
        static_cast<unsigned long long>(count_ % 1'000'000'000));
    json::object what{{"from_number", caller}, {"to_number", numbers_[count_ % numbers_.size()]}};
    if (!script_.is_null()) what.set("script", script_);
    ++count_;
    trunkline::http::request r;
    r.method = "POST";
    r.target = "/__simulator/calls";
    r.body = json::to_text(what);
    auto const reply = sim_.handle(r);
    if (reply.status != 200) throw std::runtime_error("--calls-per-second: " + reply.body);
}
