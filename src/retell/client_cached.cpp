#include <retell/client_impl.hpp>

#include <utility>

/// Reads that the cache may answer, and writes that make it forget.
namespace trunkline::retell {
namespace {

answer from_cache(operation const& op, resilience::cache_result const& r)
{
    answer a;
    a.status = op.success;
    a.body = json::parse(*r.value);
    a.cached =
        r.source != resilience::cache_source::loaded || r.state != resilience::freshness::fresh;
    a.stale = r.state == resilience::freshness::stale;
    a.age = r.age;
    a.degraded = r.degraded;
    a.stale_because = r.error;
    return a;
}

} // namespace

/// One caller who waits for the cache. Its own call, if it makes one, goes on for the others when
/// it gives up.
class client::impl::cached_read : public std::enable_shared_from_this<cached_read> {
public:
    cached_read(std::shared_ptr<impl> owner, operation const* op, diagnostics* diag, call_handler h)
        : owner_(std::move(owner)), op_(op), diag_(diag), complete_(std::move(h), owner_->executor)
    {}

    void watch_cancellation()
    {
        complete_.on_cancel([owner = owner_, weak = weak_from_this()] {
            if (auto const self = weak.lock())
                owner->later(self, [](cached_read& t) {
                    t.why_.message = "cancelled while another call asked for it";
                    t.finish(errc::canceled, {});
                });
        });
    }

    void start(resilience::cache_key key, arguments args, request_options about)
    {
        auto load = [self = shared_from_this(), args = std::move(args), about = std::move(about)](
                        resilience::cache::flight f) mutable {
            self->load(std::make_shared<resilience::cache::flight>(std::move(f)), std::move(args),
                std::move(about));
        };
        owner_->options.cache->values().get(
            key, std::move(load), [self = shared_from_this()](resilience::cache_result r) {
                asio::post(self->owner_->strand, [self, r = std::move(r)] { self->answered(r); });
            });
    }

private:
    void load(
        std::shared_ptr<resilience::cache::flight> flight, arguments args, request_options about)
    {
        auto done = [self = shared_from_this(), flight](error_code code, answer a) {
            self->loaded_ = std::move(a);
            using resilience::load_outcome;
            // Given up is no verdict; the next who asks will ask for itself.
            if (code == errc::canceled) return void(resilience::cache::flight(std::move(*flight)));
            if (!code) flight->complete(load_outcome::success(json::to_text(self->loaded_.body)));
            else if (code == errc::not_found) flight->complete(load_outcome::absent());
            else flight->complete(load_outcome::failure(code));
        };
        owner_->start_call(op_, std::move(args), &why_, std::move(about),
            asio::bind_executor(owner_->strand, std::move(done)));
    }

    void answered(resilience::cache_result const& r)
    {
        if (!r.value) return finish(r.error ? r.error : make_error_code(errc::internal), {});
        auto a = from_cache(*op_, r);
        if (!a.cached) a.request_id = loaded_.request_id;
        finish({}, std::move(a));
    }

    void finish(error_code code, answer a)
    {
        if (std::exchange(finished_, true)) return;
        diag_->clear();
        if (code) {
            auto const name = std::string(op_->name);
            if (why_.message.empty()) why_.message = code.message();
            if (!why_.message.starts_with(name)) why_.message = name + ": " + why_.message;
            why_.operation = op_->name;
            *diag_ = why_;
        }
        complete_(code, std::move(a));
    }

    std::shared_ptr<impl> owner_;
    operation const* op_;
    diagnostics* diag_;
    diagnostics why_; ///< Of our own call; ours, since the caller may be gone when it ends.
    answer loaded_;
    completion<call_handler> complete_;
    bool finished_ = false;
};

void client::impl::start_any(
    operation const* op, arguments args, diagnostics* diag, request_options about, call_handler h)
{
    auto const* const cache = options.cache.get();
    bool const wanted =
        cache && read_cache::may_cover(*op) && about.cached.value_or(cache->covers(*op));
    http::request request;
    diagnostics ignored;
    if (!wanted || encode(*op, args, request, ignored)) // what is wrong with it, the call will say
        return start_call(op, std::move(args), diag, std::move(about), std::move(h));
    auto const& tenant = about.tenant.empty() ? options.tenant : about.tenant;
    auto key = read_cache::key_of(tenant, *op, args, request.target);
    auto const reading = std::make_shared<cached_read>(shared_from_this(), op, diag, std::move(h));
    reading->watch_cancellation();
    asio::post(strand,
        [reading, key = std::move(key), args = std::move(args), about = std::move(about)]() mutable {
            reading->start(std::move(key), std::move(args), std::move(about));
        });
}

} // namespace trunkline::retell
