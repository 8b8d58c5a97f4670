import pytest

import trunkline as tl

BODY = '{"event":"call_ended","note":"Grüße"}'.encode()
NOW = 1700000000000


def test_signatures():
    hook, header = tl.Webhook(["old_key", "new_key"]), tl.Webhook.sign(BODY, "new_key", NOW)
    assert hook.verify(BODY, header, NOW) is tl.Signature.OK
    assert hook.verify(BODY + b" ", header, NOW) is tl.Signature.MISMATCH
    assert hook.verify(BODY, header, NOW + 301_000) is tl.Signature.EXPIRED
    assert hook.verify(BODY, header, NOW - 301_000) is tl.Signature.IN_FUTURE
    assert hook.verify(BODY, None, NOW) is tl.Signature.MALFORMED
    assert tl.Webhook([]).verify(BODY, header, NOW) is tl.Signature.NO_KEY
    assert tl.Webhook("new_key", tolerance_ms=10).verify(BODY, header, NOW + 11) is tl.Signature.EXPIRED
    assert hook.verify(bytearray(BODY), tl.Webhook.sign(BODY, "old_key")) is tl.Signature.OK    # now


def test_check_raises():
    hook = tl.Webhook("new_key")
    hook.check(BODY, tl.Webhook.sign(BODY, "new_key"))
    with pytest.raises(tl.SignatureError) as e:
        hook.check(BODY, tl.Webhook.sign(BODY, "other"))
    assert e.value.result is tl.Signature.MISMATCH and "new_key" not in str(e.value)


def test_misuse():
    for call in (lambda: tl.Webhook("k").verify("text", "h"), lambda: tl.Webhook([5]), lambda: tl.Webhook(5),
                 lambda: tl.Webhook("k").verify(BODY, 7)):
        with pytest.raises(TypeError):
            call()
    for call in (lambda: tl.Webhook.sign(BODY, ""), lambda: tl.Webhook.sign(BODY, "k", 5)):
        with pytest.raises(tl.InvalidArgument):
            call()
