#include "client.hpp"

#include "open_clients.hpp"

#include <chrono>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

using namespace trunkline::capi;
using trunkline::errc;
using trunkline::error;

namespace {

class silent final : public progress_target {
public:
    void progress(trunkline::json::object) override {}
};

[[noreturn]] void refuse_closing()
{
    throw failure_status(TRUNKLINE_E_CLOSING, "the client is being closed");
}

} // namespace

trunkline_client::trunkline_client(trunkline::json::object const& options)
    : account_(options), owner_(::getpid())
{
    descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor_ < 0)
        throw failure_status(TRUNKLINE_E_NO_MEMORY, "no descriptor is left for the event queue");
}

trunkline_client::~trunkline_client()
{
    if (worker_.joinable()) worker_.join();
    ::close(descriptor_);
}

bool trunkline_client::is_foreign() const noexcept
{
    return ::getpid() != owner_;
}

/// Somebody is in a function of the client: it is not freed before they have left.
class trunkline_client::visit {
public:
    explicit visit(trunkline_client& c) : client_(c)
    {
        std::lock_guard lock(c.mutex_);
        if (c.closing_) refuse_closing();
        ++c.inside_;
    }
    ~visit()
    {
        std::lock_guard lock(client_.mutex_);
        --client_.inside_;
        client_.changed_.notify_all();
    }
    visit(visit const&) = delete;
    visit& operator=(visit const&) = delete;

private:
    trunkline_client& client_;
};

/// The right to use the account, from the moment at which a request is chosen on: cancelling always
/// finds it either in the queue or here. Made with the lock held, while nobody is busy.
class trunkline_client::turn {
public:
    turn(trunkline_client& c, std::uint64_t op) : client_(c)
    {
        ++c.inside_;
        c.busy_ = true;
        c.current_ = op;
        c.account_.begin();
    }
    ~turn()
    {
        std::lock_guard lock(client_.mutex_);
        client_.busy_ = false;
        client_.current_ = 0;
        --client_.inside_;
        client_.changed_.notify_all();
    }
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;

private:
    trunkline_client& client_;
};

std::string trunkline_client::run(std::string_view request, progress_target& progress)
{
    visit const here(*this);
    std::optional<turn> mine;
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !busy_ || closing_; });
        if (closing_) refuse_closing();
        mine.emplace(*this, 0);
    }
    return run_request(account_, request, progress);
}

std::uint64_t trunkline_client::submit(std::string request)
{
    std::lock_guard lock(mutex_);
    if (closing_) refuse_closing();
    if (account_.starts_thread() && !worker_.joinable()) worker_ = std::thread([this] { work(); });
    jobs_.push_back({++last_op_, std::move(request)});
    changed_.notify_all();
    return last_op_;
}

void trunkline_client::cancel(std::uint64_t op)
{
    std::lock_guard lock(mutex_);
    if (op == 0) return;
    if (op == current_) return account_.cancel();
    for (auto it = jobs_.begin(); it != jobs_.end(); ++it)
        if (it->op == op) {
            auto e = std::make_unique<trunkline_event>();
            e->op = op;
            e->status = TRUNKLINE_E_CANCELED;
            trunkline_error* told = nullptr;
            set_error(&told, TRUNKLINE_E_CANCELED, "cancelled before it began; nothing was sent");
            e->error.reset(told);
            jobs_.erase(it);
            push(std::move(e));
            return;
        }
}

void trunkline_client::push(std::unique_ptr<trunkline_event> e)
{
    events_.push_back(std::move(e));
    std::uint64_t const one = 1;
    static_cast<void>(!::write(descriptor_, &one, sizeof one)); // full means readable all the same
    changed_.notify_all();
}

/// Runs a request whose turn it is.
std::unique_ptr<trunkline_event> trunkline_client::done_event(job const& j)
{
    class as_events final : public progress_target {
    public:
        as_events(trunkline_client& c, std::uint64_t op) : client_(&c), op_(op) {}
        void progress(trunkline::json::object document) override
        {
            auto e = std::make_unique<trunkline_event>();
            e->op = op_;
            e->kind = TRUNKLINE_EVENT_PROGRESS;
            e->document = trunkline::json::to_text(std::move(document));
            std::lock_guard lock(client_->mutex_);
            client_->push(std::move(e));
        }

    private:
        trunkline_client* client_;
        std::uint64_t op_;
    };
    auto e = std::make_unique<trunkline_event>();
    e->op = j.op;
    as_events progress(*this, j.op);
    trunkline_error* told = nullptr;
    e->status =
        guarded_request(&told, [&] { e->document = run_request(account_, j.request, progress); });
    e->error.reset(told);
    return e;
}

/// Runs the oldest queued request, if there is one.
bool trunkline_client::run_job()
{
    job j;
    std::optional<turn> mine;
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !busy_ || closing_; });
        if (closing_ || jobs_.empty()) return false;
        j = std::move(jobs_.front());
        jobs_.pop_front();
        mine.emplace(*this, j.op);
    }
    auto e = done_event(j);
    mine.reset();
    std::lock_guard lock(mutex_);
    push(std::move(e));
    return true;
}

void trunkline_client::work()
{
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return closing_ || !jobs_.empty(); });
            if (closing_) return;
        }
        run_job();
    }
}

bool trunkline_client::wait(std::int64_t timeout_ms)
{
    visit const here(*this);
    // Without a thread the queue moves only here.
    while (!account_.starts_thread()) {
        {
            std::lock_guard lock(mutex_);
            if (closing_) refuse_closing();
            if (!events_.empty()) return true;
        }
        if (!run_job()) return false;
    }
    std::unique_lock lock(mutex_);
    auto const ready = [&] { return closing_ || !events_.empty(); };
    if (timeout_ms < 0) changed_.wait(lock, ready);
    else changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), ready);
    if (closing_) refuse_closing();
    return !events_.empty();
}

trunkline_event* trunkline_client::next()
{
    std::lock_guard lock(mutex_);
    if (events_.empty()) return nullptr;
    auto e = std::move(events_.front());
    events_.pop_front();
    std::uint64_t count = 0;
    if (events_.empty()) static_cast<void>(!::read(descriptor_, &count, sizeof count));
    return e.release();
}

void trunkline_client::cancel_all()
{
    std::lock_guard lock(mutex_);
    closing_ = true;
    changed_.notify_all();
    if (busy_) account_.cancel();
}

void trunkline_client::shut()
{
    cancel_all();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ == 0; });
    lock.unlock();
    if (worker_.joinable()) worker_.join();
}

void trunkline_client::end_by(std::chrono::steady_clock::time_point deadline)
{
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline, [&] { return inside_ == 0; })) return;
    lock.unlock();
    if (worker_.joinable()) worker_.join();
}

namespace {

trunkline_client& own(trunkline_client* c)
{
    auto& client = checked(c, "client");
    if (client.is_foreign())
        throw failure_status(TRUNKLINE_E_FORKED,
            "the client was opened before fork(), in another process; open one in this process");
    return client;
}

} // namespace

extern "C" {

trunkline_status trunkline_client_open(
    char const* options, size_t options_len, trunkline_client** out, trunkline_error** error_out)
{
    return guarded(error_out, [&]() -> trunkline_status {
        checked(out, "out") = nullptr;
        auto const given = text(options, options_len, "options");
        auto document = given.empty() ? trunkline::json::value(trunkline::json::object())
                                      : trunkline::json::parse(given);
        if (!document.is_object())
            throw std::invalid_argument("the client options are not a JSON object");
        auto client = std::make_unique<trunkline_client>(document.as_object());
        open_clients::of_process().add(client.get());
        *out = client.release();
        return TRUNKLINE_OK;
    });
}

void trunkline_client_close(trunkline_client* c)
{
    if (!c || c->is_foreign()) return; // another process's threads and descriptors: left alone
    guarded(nullptr, [&]() -> trunkline_status {
        open_clients::of_process().remove(c);
        c->shut();
        delete c;
        return TRUNKLINE_OK;
    });
}

trunkline_status trunkline_request(trunkline_client* c, char const* request, size_t request_len,
    trunkline_buffer** answer, trunkline_error** error_out)
{
    if (error_out) *error_out = nullptr;
    if (answer) *answer = nullptr;
    return guarded_request(error_out, [&] {
        silent nobody;
        auto& client = own(c);
        checked(answer, "answer");
        auto b = std::make_unique<trunkline_buffer>();
        b->bytes = client.run(text(request, request_len, "request"), nobody);
        *answer = b.release();
    });
}

trunkline_status trunkline_queue_submit(trunkline_client* c, char const* request,
    size_t request_len, uint64_t* op, trunkline_error** error_out)
{
    return guarded(error_out, [&]() -> trunkline_status {
        auto& client = own(c);
        checked(op, "op") = 0;
        *op = client.submit(std::string(text(request, request_len, "request")));
        return TRUNKLINE_OK;
    });
}

trunkline_status trunkline_queue_cancel(trunkline_client* c, uint64_t op)
{
    return guarded(nullptr, [&]() -> trunkline_status {
        own(c).cancel(op);
        return TRUNKLINE_OK;
    });
}

int32_t trunkline_queue_fd(trunkline_client* c)
{
    std::int32_t fd = -1;
    auto const status = guarded(nullptr, [&]() -> trunkline_status {
        fd = own(c).descriptor();
        return TRUNKLINE_OK;
    });
    return status == TRUNKLINE_OK ? fd : status;
}

int32_t trunkline_queue_wait(trunkline_client* c, int64_t timeout_ms)
{
    std::int32_t there = 0;
    auto const status = guarded(nullptr, [&]() -> trunkline_status {
        there = own(c).wait(timeout_ms) ? 1 : 0;
        return TRUNKLINE_OK;
    });
    return status == TRUNKLINE_OK ? there : status;
}

trunkline_event* trunkline_queue_next(trunkline_client* c)
{
    trunkline_event* e = nullptr;
    guarded(nullptr, [&]() -> trunkline_status {
        e = own(c).next();
        return TRUNKLINE_OK;
    });
    return e;
}

uint64_t trunkline_event_op(trunkline_event const* e)
{
    return e ? e->op : 0;
}

int32_t trunkline_event_kind(trunkline_event const* e)
{
    return e ? e->kind : 0;
}

trunkline_status trunkline_event_status(trunkline_event const* e)
{
    return e ? e->status : TRUNKLINE_E_INVALID_ARGUMENT;
}

char const* trunkline_event_document(trunkline_event const* e)
{
    return e ? e->document.c_str() : "";
}

trunkline_error const* trunkline_event_error(trunkline_event const* e)
{
    return e ? e->error.get() : nullptr;
}

void trunkline_event_free(trunkline_event* e)
{
    delete e;
}

} // extern "C"
