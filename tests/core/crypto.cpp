#include <trunkline/core/crypto.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace crypto = trunkline::crypto;

TEST_CASE("crypto: SHA-256 of the examples of FIPS 180")
{
    CHECK(crypto::to_hex(crypto::sha256("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(crypto::to_hex(crypto::sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(crypto::to_hex(
              crypto::sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(crypto::to_hex(crypto::sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("crypto: HMAC-SHA-256 of RFC 4231")
{
    struct {
        std::string key;
        std::string message;
        char const* digest;
    } const table[] = {
        {std::string(20, '\x0b'), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {*crypto::from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"),
            std::string(50, '\xcd'),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {std::string(131, '\xaa'),
            "This is a test using a larger than block-size key and a larger than block-size data. "
            "The "
            "key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (auto const& row : table)
        CHECK(crypto::to_hex(crypto::hmac_sha256(row.key, row.message)) == row.digest);
}

TEST_CASE("crypto: HMAC of a webhook body and its time stamp")
{
    CHECK(crypto::to_hex(
              crypto::hmac_sha256("test-api-key", R"({"event":"call_ended"}1700000000000)")) ==
        "07024cabe7dd8f6d1c6e4a8324ca92c812e6ad4a7ee506c04f7e462e3321823e");
}

TEST_CASE("crypto: HMAC of two parts is that of both together")
{
    for (std::size_t cut = 0; cut <= 100; cut += 10) {
        std::string const text = std::string(50, 'a') + std::string(50, '\0');
        CHECK(crypto::hmac_sha256("key", text.substr(0, cut), text.substr(cut)) ==
            crypto::hmac_sha256("key", text));
    }
    CHECK(crypto::hmac_sha256("", "", "") == crypto::hmac_sha256("", ""));
}

TEST_CASE("crypto: an empty key and an empty message are allowed")
{
    CHECK(crypto::to_hex(crypto::hmac_sha256({}, {})) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("crypto: constant-time comparison compares")
{
    CHECK(crypto::equal_constant_time("", {}));
    CHECK(crypto::equal_constant_time("abc", "abc"));
    CHECK_FALSE(crypto::equal_constant_time("abc", "abd"));
    CHECK_FALSE(crypto::equal_constant_time("xbc", "abc"));
    CHECK_FALSE(crypto::equal_constant_time("abc", "abcd"));
    CHECK_FALSE(crypto::equal_constant_time("abc", ""));
}

TEST_CASE("crypto: hex both ways, odd or foreign digits refused")
{
    std::string const bytes("\x00\x7f\x80\xff", 4);
    CHECK(crypto::to_hex(bytes) == "007f80ff");
    CHECK(crypto::from_hex("007F80ff") == bytes);
    CHECK(crypto::from_hex("") == "");
    for (auto const* bad : {"0", "0g", "g0", " 0", "0x", "00 "})
        CHECK(crypto::from_hex(bad) == std::nullopt);
}

TEST_CASE("crypto: base64 of RFC 4648, only the one spelling accepted")
{
    struct {
        char const* plain;
        char const* coded;
    } const table[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (auto const& row : table) {
        CHECK(crypto::to_base64(row.plain) == row.coded);
        CHECK(crypto::from_base64(row.coded) == std::string(row.plain));
    }
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    CHECK(crypto::from_base64(crypto::to_base64(all)) == all);
    for (auto const* bad : {"Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n",
             " Zm9", "Zm9v    ", "Zm-_", "=Zm8", "Z=8="})
        CHECK(crypto::from_base64(bad) == std::nullopt);
}

TEST_CASE("crypto: random bytes differ")
{
    CHECK(crypto::random_bytes(0).empty());
    CHECK(crypto::random_bytes(32).size() == 32);
    CHECK(crypto::random_bytes(32) != crypto::random_bytes(32));
}

TEST_CASE("crypto: what was sealed opens with the same key and associated data")
{
    auto const key = crypto::random_bytes(32);
    for (std::string const& plain : {std::string(), std::string("x"), std::string(100'000, '\0')}) {
        auto const sealed = crypto::seal(key, plain, "tenant/agent");
        CHECK(sealed.size() == 12 + plain.size() + 16);
        CHECK(crypto::open(key, sealed, "tenant/agent") == plain);
    }
    CHECK(crypto::open(key, crypto::seal(key, "x", ""), "") == "x");
}

TEST_CASE("crypto: two seals of one secret share nothing")
{
    auto const key = crypto::random_bytes(32);
    auto const a = crypto::seal(key, "secret", "");
    auto const b = crypto::seal(key, "secret", "");
    CHECK(a.substr(0, 12) != b.substr(0, 12));
    CHECK(a.substr(12) != b.substr(12));
    CHECK(a.find("secret") == std::string::npos);
}

TEST_CASE("crypto: a vector of NIST opens, so the layout is nonce, text, tag")
{
    // AES-256-GCM, test case 16 of the GCM specification.
    auto const key =
        *crypto::from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    auto const sealed =
        *crypto::from_hex("cafebabefacedbaddecaf888"
                          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                          "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                          "76fc6ece0f4e1768cddf8853bb2d551b");
    auto const associated = *crypto::from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    auto const plain = crypto::open(key, sealed, associated);
    REQUIRE(plain);
    CHECK(crypto::to_hex(*plain) ==
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
}

TEST_CASE("crypto: no bit of a sealed text may change")
{
    auto const key = crypto::random_bytes(32);
    auto const sealed = crypto::seal(key, "a secret header value", "where");
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto tampered = sealed;
        tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << (bit % 8)));
        CHECK(crypto::open(key, tampered, "where") == std::nullopt);
    }
}

TEST_CASE("crypto: a cut text, another key or other associated data does not open")
{
    auto key = crypto::random_bytes(32);
    auto const sealed = crypto::seal(key, "a secret", "where");
    for (std::size_t length = 0; length < sealed.size(); ++length)
        CHECK(crypto::open(key, sealed.substr(0, length), "where") == std::nullopt);
    CHECK(crypto::open(key, sealed + '\0', "where") == std::nullopt);
    CHECK(crypto::open(key, sealed, "elsewhere") == std::nullopt);
    CHECK(crypto::open(key, sealed, "") == std::nullopt);
    key[31] = static_cast<char>(key[31] ^ 1);
    CHECK(crypto::open(key, sealed, "where") == std::nullopt);
}

TEST_CASE("crypto: a key of the wrong length is a programmer's error")
{
    for (std::size_t const size : {0U, 16U, 31U, 33U}) {
        std::string const key(size, 'k');
        CHECK_THROWS_AS(crypto::seal(key, "x", ""), std::invalid_argument);
        CHECK_THROWS_AS(crypto::open(key, std::string(40, 'x'), ""), std::invalid_argument);
    }
}

TEST_CASE("crypto: wipe leaves nothing behind")
{
    std::string secret(100, 's');
    secret.resize(50); // the other half is still there, behind the end
    auto const* const memory = secret.data();
    auto const capacity = secret.capacity();
    crypto::wipe(secret);
    CHECK(secret.empty());
    REQUIRE(secret.data() == memory); // still owned, so it may be looked at
    CHECK(std::count(memory, memory + capacity, '\0') == static_cast<std::ptrdiff_t>(capacity));
    std::string small = "abc";
    crypto::wipe(small);
    CHECK(small.empty());
}
