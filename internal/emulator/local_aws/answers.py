"""Wraps the server's application: how a request is answered, whatever it asks for."""

import collections
import json
import threading
import traceback

import strict


def refuse_what_fails(app):
    """Answers 501 for an action that moto does not have, or at which it fails, and says which.

    moto lets the error through, which becomes status 500, and clients try that
    again: the AWS provider 25 times, for a quarter of an hour. 501 is final.
    """

    def wrapped(environ, start_response):
        try:
            return app(environ, start_response)
        except Exception as error:  # noqa: BLE001 (whatever it is, the client must not try again)
            traceback.print_exc()
            what = str(error) if isinstance(error, NotImplementedError) else repr(error)
            body = json.dumps({"__type": "NotImplemented", "message": f"local AWS emulator: {what}"}).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response("501 Not Implemented", headers)
            return [body]

    return wrapped


def answer_retries_alike(app):
    """Gives the second try of a request the answer to the first.

    A client whose connection breaks before it has read the answer sends the
    request again, which on a busy machine happens to one in some thousands. What
    the first try made then exists already, or is locked by the client itself.
    AWS's SDKs number their invocations, the same number for each try.
    """
    answers, lock = collections.OrderedDict(), threading.Lock()

    def wrapped(environ, start_response):
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if not invocation:
            return app(environ, start_response)
        with lock:
            answer = answers.get(invocation)
        if answer is None:
            begun = []
            body = b"".join(app(environ, lambda status, headers, exc_info=None: begun.append((status, headers))))
            answer = (*begun[-1], body)
            if answer[0].startswith("2"):
                with lock:
                    answers[invocation] = answer
                    while len(answers) > 1000:
                        answers.popitem(last=False)
        start_response(*answer[:2])
        return [answer[2]]

    return wrapped


LOCKS = {}


def lock_of(service):
    return LOCKS.setdefault(service, threading.Lock())


def one_at_a_time(app):
    """Lets a service answer one request after the other: moto has no locks, and goes through what another thread changes.

    SQS is left out, whose receivers wait for messages within a request.
    """

    def wrapped(environ, start_response):
        try:
            service, _ = strict.signed_for(environ)
        except strict.Unchecked:
            return app(environ, start_response)
        if service == "sqs":
            return app(environ, start_response)
        with lock_of(service):
            return app(environ, start_response)

    return wrapped
