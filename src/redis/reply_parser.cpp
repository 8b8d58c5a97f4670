#include <redis/reply_parser.hpp>

#include <hiredis/read.h>

#include <algorithm>
#include <new>

namespace trunkline::redis {

class reply_parser::impl {
public:
    explicit impl(std::size_t most)
        : max_bytes(most), reader(redisReaderCreateWithFunctions(&callbacks), &redisReaderFree)
    {
        if (!reader) throw std::bad_alloc();
        reader->privdata = this;
    }

    /// Bytes that were read but belong to no finished reply.
    std::size_t unfinished() const noexcept { return reader->len - reader->pos + taken; }

    std::size_t max_bytes;
    std::size_t taken = 0; ///< Memory of the reply being made.
    bool too_large = false;
    std::unique_ptr<redisReader, void (*)(redisReader*)> reader;

private:
    /// The place for the value of a task: the root, or the next element of its parent. Called from
    /// C, so nothing may be thrown; null makes the reader stop.
    template <class Fill>
    static void* make(redisReadTask const* task, std::size_t size, Fill&& fill) noexcept
    {
        auto& self = *static_cast<impl*>(task->privdata);
        self.taken += sizeof(reply) + size;
        if (self.taken > self.max_bytes) {
            self.too_large = true;
            return nullptr;
        }
        try {
            if (!task->parent) {
                auto root = std::make_unique<reply>();
                fill(*root);
                return root.release();
            }
            // Pointers to elements stay good: a parent grows only when the element before is done.
            auto& siblings = static_cast<reply*>(task->parent->obj)->elements;
            fill(siblings.emplace_back());
            return &siblings.back();
        } catch (std::bad_alloc const&) {
            return nullptr;
        }
    }

    static void* make_string(redisReadTask const* task, char* text, std::size_t size)
    {
        return make(task, size, [&](reply& r) {
            r.kind = task->type == REDIS_REPLY_ERROR ? reply::type::error
                : task->type == REDIS_REPLY_STATUS   ? reply::type::status
                                                     : reply::type::string;
            r.text.assign(text, size);
        });
    }
    static void* make_array(redisReadTask const* task, int)
    {
        // Room is made as elements arrive: a length is only a claim.
        return make(task, 0, [](reply& r) { r.kind = reply::type::array; });
    }
    static void* make_integer(redisReadTask const* task, long long n)
    {
        return make(task, 0, [n](reply& r) { r = reply(static_cast<std::int64_t>(n)); });
    }
    static void* make_nil(redisReadTask const* task)
    {
        return make(task, 0, [](reply&) {});
    }
    static void destroy(void* root) { delete static_cast<reply*>(root); }

    static inline redisReplyObjectFunctions callbacks{
        make_string, make_array, make_integer, make_nil, destroy};
};

reply_parser::reply_parser(std::size_t max_bytes) : impl_(std::make_unique<impl>(max_bytes)) {}

reply_parser::~reply_parser() = default;

void reply_parser::feed(std::string_view bytes)
{
    if (trouble_ != errc{}) return;
    if (redisReaderFeed(impl_->reader.get(), bytes.data(), bytes.size()) != REDIS_OK)
        throw std::bad_alloc();
}

bool reply_parser::next(reply& out)
{
    if (trouble_ != errc{}) return false;
    void* made = nullptr;
    auto const result = redisReaderGetReply(impl_->reader.get(), &made);
    if (result != REDIS_OK) {
        trouble_ = impl_->too_large ? errc::too_large : errc::protocol_error;
        complaint_ = impl_->too_large             ? "is too large"
            : impl_->reader->err == REDIS_ERR_OOM ? "does not fit into memory"
                                                  : "is not of the Redis protocol";
        return false;
    }
    if (!made) {
        if (impl_->unfinished() <= impl_->max_bytes) return false;
        trouble_ = errc::too_large;
        complaint_ = "is too large";
        return false;
    }
    std::unique_ptr<reply> const whole(static_cast<reply*>(made));
    out = std::move(*whole);
    impl_->taken = 0;
    return true;
}

} // namespace trunkline::redis
