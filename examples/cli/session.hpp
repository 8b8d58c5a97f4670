#pragma once

#include "console.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "settings.hpp"

#include <trunkline/control_center.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace cli {

namespace asio = boost::asio;
using trunkline::diagnostics;
using trunkline::error_code;

/// How an operation ended, and what it brought also where it failed.
template <class Result>
class outcome {
public:
    error_code code;
    diagnostics diag;
    Result result;
    bool ok() const noexcept { return !code; }
};

/// What a command needs of the store.
enum class store_use {
    create,    ///< Made if it is not there.
    existing,  ///< Its absence is an error: an empty one in its place would only mislead.
    read_only, ///< As existing, and nothing is written to it.
    optional,  ///< Read if it is there, else done without.
    scratch,   ///< Used if it is there; else one in memory takes its place, so that none is made.
    memory,    ///< One in memory, whatever is there: what is tried out leaves nothing behind.
};

/// One run of the program: options, streams, event loop, signals, and the control center once it is needed.
class session {
public:
    session(settings const& s, console& c);
    session(session const&) = delete;
    session& operator=(session const&) = delete;

    settings const& options;
    console& out;
    progress_display progress;

    /// Opened at the first call. Throws trunkline::error.
    trunkline::control_center& center(store_use use);
    /// Anew, for what is done after a look: none of the earlier one's operations may be under way.
    trunkline::control_center& reopened(store_use use);
    /// Throws trunkline::error if the client cannot be made: no key, a bad URL, an unreadable CA file.
    void require_service();

    trunkline::retell::client_options client_options() const;
    /// Under which name the service is protected together with other runs; empty: not together.
    std::string shared_as() const;
    trunkline::store::store_options store_options() const;
    /// Nothing for a store in memory.
    std::optional<std::filesystem::path> store_path() const;
    bool store_exists() const;

    asio::io_context& io() noexcept { return io_; }
    std::string seconds_passed() const;

    /// Whether to go on without asking. Throws trunkline::error if somebody should be asked and
    /// nobody is there.
    void require_consent(std::string_view what) const;

    /// Starts an operation, `start(diag, token)`, and runs the loop until it has completed. Ctrl-C cancels it.
    template <class Result, class Start>
    outcome<Result> run(Start start)
    {
        outcome<Result> out_come;
        bool finished = false;
        auto on_end = [&](error_code code, Result r) {
            out_come.code = code;
            out_come.result = std::move(r);
            finished = true;
        };
        start(out_come.diag, asio::bind_cancellation_slot(cancel_.slot(), std::move(on_end)));
        wait_for(finished);
        return out_come;
    }

    /// Tells an error (with what was done all the same, under --json) and says how the program ends.
    exit_code fail(error_code code, diagnostics const& diag, json::object document = {});

private:
    void on_interrupt();
    void wait_for(bool const& finished);

    asio::io_context io_{1};
    asio::posix::stream_descriptor interrupts_;
    asio::cancellation_signal cancel_;
    std::optional<trunkline::control_center> center_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/// "error" of the documents of --json.
json::object error_document(error_code code, diagnostics const& diag);
exit_code exit_code_of(error_code code) noexcept;

} // namespace cli
