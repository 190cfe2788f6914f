#!/usr/bin/env python3
"""A real ClickHouse server (HTTP and native TCP) out of the chdb-core wheel.

    clickhouse.py DIR HTTP_PORT TCP_PORT [users.xml]

DIR/more.xml, if there is one, stands in the configuration as it is.
DIR is made if need be and holds all of its data; both ports are up when /ping
answers. chDB's one-shot query runs ClickHouse's own clickhouse-local, whose
SYSTEM START LISTEN opens real listeners, TCP before HTTP. One server a process
and a folder; errors are on stderr, chDB raises none.
"""
import os
import signal
import sys

USERS = """<clickhouse><profiles><default/></profiles><quotas><default/></quotas>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></default></users></clickhouse>"""

CONFIG = """<clickhouse><listen_host>127.0.0.1</listen_host>
<http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><users_config>{users}</users_config>
<query_log><database>system</database><table>query_log</table>
<flush_interval_milliseconds>1000</flush_interval_milliseconds></query_log>{more}</clickhouse>"""

LISTEN = """SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP;
SELECT sleepEachRow(3) FROM numbers(10000000)
SETTINGS max_block_size=1, function_sleep_max_microseconds_per_block=0 FORMAT Null"""


def main():
    folder, http, tcp = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    users = os.path.abspath(sys.argv[4]) if len(sys.argv) > 4 else os.path.join(folder, "users.xml")
    home = os.path.join(folder, ".clickhouse-local")
    os.makedirs(home, exist_ok=True)
    if not os.path.exists(users):
        with open(users, "w") as f:
            f.write(USERS)
    more = ""
    if os.path.exists(os.path.join(folder, "more.xml")):
        with open(os.path.join(folder, "more.xml")) as f:
            more = f.read()
    with open(os.path.join(home, "config.xml"), "w") as f:
        f.write(CONFIG.format(http=http, tcp=tcp, users=users, more=more))
    os.environ["HOME"], os.environ["TZ"] = folder, "UTC"
    os.chdir(folder)
    from chdb import _chdb  # only now: it reads HOME

    try:
        _chdb.reset_signal_handlers()
    except Exception:
        pass
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, signal.SIG_DFL)
    _chdb.query(LISTEN, "TSV", path=os.path.join(folder, "db"))
    sys.exit("the server has ended: the reason is above")


main()
