// retell-simulator: a thin shell around trunkline::retell::simulator. One thread; the simulator is
// a pure function of time and requests, all this adds is a socket, a clock and a file.

#include "command_line.hpp"
#include "load.hpp"
#include "sender.hpp"
#include "state_file.hpp"

#include <trunkline/core/time.hpp>
#include <trunkline/http/server.hpp>
#include <trunkline/mask/line_filter.hpp>
#include <trunkline/retell/simulator.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

/// What goes to standard error, and so into logs, has no secrets in it.
std::string shown(std::string text)
{
    static trunkline::masker const m(trunkline::mask_policy::for_operators());
    trunkline::mask_line_filter::mask_in_place(m, trunkline::mask_zone::error, text);
    return text;
}

trunkline::retell::simulator make_simulator(settings const& s)
{
    trunkline::retell::simulator_options options;
    options.api_key = s.api_key;
    options.seed = s.seed;
    options.latency = s.latency;
    options.rate_limit = s.rate_limit;
    options.calls.concurrency_limit = s.concurrency;
    options.calls.speed = s.call_speed;
    options.webhooks.url = s.webhook_url;
    options.webhooks.keys = s.webhook_keys;
    return {std::move(options), trunkline::system_time::instance()};
}

void fill(trunkline::retell::simulator& sim, std::string const& account)
{
    if (account == "demo") sim.load_demo_account();
    else if (account != "empty") load_account_file(sim, account);
}

trunkline::http::server_options server_options_of(settings const& s)
{
    trunkline::http::server_options options;
    options.address = s.address;
    options.port = s.port;
    options.certificate_file = s.certificate_file;
    options.key_file = s.key_file;
    options.max_request_bytes = 64u << 20; // files of knowledge bases and voices
    return options;
}

trunkline::json::value read_script(std::string const& path)
{
    if (path.empty()) return {};
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::ostringstream text;
    text << in.rdbuf();
    try {
        return trunkline::json::parse(text.str());
    } catch (std::exception const& e) {
        throw std::runtime_error(path + ": " + e.what());
    }
}

/// The running program.
class program {
public:
    program(settings const& s)
        : sim_(make_simulator(s)),
          file_(s.state_file, sim_),
          sender_(context_.get_executor(), sim_, s.remote_webhooks, [this] { keep(); }),
          save_timer_(context_),
          signals_(context_, SIGTERM, SIGINT)
    {
        if (!file_.load()) fill(sim_, s.account);
        file_.save();
        server_ = std::make_unique<trunkline::http::server>(context_.get_executor(),
            server_options_of(s), [this](trunkline::http::request r, auto respond) {
                auto const before = sim_.changes();
                auto reply = sim_.handle(r);
                if (sim_.changes() == before || !file_.is_dirty()) respond(std::move(reply));
                else answer_when_saved(std::move(respond), std::move(reply));
                sender_.pump();
            });
        if (s.calls_per_second > 0)
            load_ = std::make_unique<call_load>(context_.get_executor(), sim_, s.calls_per_second,
                read_script(s.script_file), [this] { sender_.pump(); });
        signals_.async_wait([this](boost::system::error_code, int) { stop(); });
    }

    void run()
    {
        std::cout << "retell-simulator listening on " << server_->url() << std::endl;
        sender_.pump(); // calls of the state go on
        if (load_) load_->start();
        context_.run();
        file_.save();
    }

private:
    using responder = std::function<void(trunkline::http::reply)>;

    /// What was answered is in the file. Saving takes half of the time at most: changes that come
    /// meanwhile are saved together, and answered then.
    void answer_when_saved(responder respond, trunkline::http::reply reply)
    {
        held_.emplace_back(std::move(respond), std::move(reply));
        save_at(last_save_ + save_took_);
    }

    /// What happens by itself, calls and deliveries, nobody waits for.
    void keep()
    {
        if (file_.is_dirty()) save_at(std::max(last_save_ + 200ms, last_save_ + save_took_));
    }

    void save_at(clock_type::time_point due)
    {
        if (save_due_ && *save_due_ <= due) return;
        save_due_ = due;
        save_timer_.expires_at(due); // at once if that is past, after what is under way
        save_timer_.async_wait([this](boost::system::error_code canceled) {
            if (canceled) return;
            save_due_.reset();
            try_save();
        });
    }

    void try_save()
    {
        auto const begin = clock_type::now();
        try {
            file_.save();
        } catch (std::exception const& e) {
            std::cerr << "retell-simulator: " << shown(e.what())
                      << std::endl; // tried again at the next change
        }
        last_save_ = clock_type::now();
        save_took_ = last_save_ - begin;
        for (auto& [respond, reply] : std::exchange(held_, {})) respond(std::move(reply));
    }

    void stop()
    {
        server_->stop();
        if (load_) load_->stop();
        sender_.stop();
        context_.stop();
    }

    asio::io_context context_{1};
    trunkline::retell::simulator sim_;
    state_file file_;
    sender sender_;
    std::unique_ptr<trunkline::http::server> server_;
    std::unique_ptr<call_load> load_;
    asio::steady_timer save_timer_;
    asio::signal_set signals_;
    std::vector<std::pair<responder, trunkline::http::reply>> held_; ///< Answers not given yet.
    std::optional<clock_type::time_point> save_due_;
    clock_type::time_point last_save_{};
    clock_type::duration save_took_{};
};

} // namespace

int main(int argc, char** argv)
{
    try {
        auto const s = parse_command_line(argc, argv);
        if (s.help) {
            std::cout << usage_text;
            return 0;
        }
        program(s).run();
        return 0;
    } catch (usage_error const& e) {
        std::cerr << "retell-simulator: " << shown(e.what()) << "\n(--help shows the options)\n";
        return 64;
    } catch (std::exception const& e) {
        std::cerr << "retell-simulator: " << shown(e.what()) << '\n';
        return 1;
    }
}
