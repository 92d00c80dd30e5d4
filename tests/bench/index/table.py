#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs bench-index, and once more under callgrind for instructions, and makes
one table and one JSON file of it.  Called by run."""
import argparse
import collections
import json
import re
import shutil
import statistics
import subprocess
import sys

GIB_PAGES = 1 << 18


def measure(args):
    """[(row, title, backend, ops, ns, bytes)] of all rounds."""
    command = [args.program, '--rounds', str(args.rounds),
               '--extents', str(args.extents)]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                         check=True).stdout
    cells = []
    for line in out.splitlines():
        row, title, backend, ops, ns, memory = line.split('\t')
        cells.append((int(row), title, backend, int(ops), float(ns),
                      float(memory)))
    return cells


def instructions(args, row, backend, ops):
    """Instructions per operation; None if they can't be counted."""
    command = ['valgrind', '--tool=callgrind',
               '--callgrind-out-file=/dev/null',
               '--toggle-collect=timed_section', args.program,
               '--rounds', '1', '--extents', str(args.extents),
               '--row', str(row), '--backend', backend]
    run = subprocess.run(command, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True, check=True)
    found = re.search(r'Collected : (\d+)', run.stderr)
    return int(found.group(1)) / ops if found else None


def summarise(args, cells):
    rounds = collections.OrderedDict()
    for row, title, backend, ops, ns, memory in cells:
        rounds.setdefault((row, title, backend, ops), []).append((ns, memory))
    results = []
    for (row, title, backend, ops), samples in rounds.items():
        ns = [sample[0] for sample in samples]
        memory = statistics.median(sample[1] for sample in samples)
        counted = None
        # Two threads under callgrind take turns: nothing is learned there.
        if args.instructions and '2 threads' not in title:
            counted = instructions(args, row, backend, ops)
        results.append({
            'workload': title, 'backend': backend, 'operations': ops,
            'ns': statistics.median(ns), 'ns_rounds': ns,
            'instructions': counted, 'bytes_per_4k': memory or None,
            'mib_per_gib': memory * GIB_PAGES / (1 << 20) if memory else None})
    return results


def number(value, digits=0):
    return '-' if value is None else f'{value:.{digits}f}'


def print_table(results):
    backends = list(dict.fromkeys(r['backend'] for r in results))
    titles = list(dict.fromkeys(r['workload'] for r in results))
    cell = {(r['workload'], r['backend']): r for r in results}
    width = max(map(len, titles))
    print('ns / instructions per operation / bytes of memory per 4 KiB / MiB '
          'per cached GiB\n(median; -: not measured)')
    print(' ' * width + ''.join(f'  {b:>24}' for b in backends))
    for title in titles:
        line = title.ljust(width)
        for backend in backends:
            r = cell[title, backend]
            line += '  {:>6} {:>5} {:>6} {:>4}'.format(
                number(r['ns']), number(r['instructions']),
                number(r['bytes_per_4k'], 1), number(r['mib_per_gib']))
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--program', required=True)
    parser.add_argument('--json', required=True)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--extents', type=int, default=256 << 10)
    parser.add_argument('--no-instructions', dest='instructions',
                        action='store_false')
    args = parser.parse_args()
    if args.instructions and not shutil.which('valgrind'):
        print('no valgrind here: instructions not measured', file=sys.stderr)
        args.instructions = False
    results = summarise(args, measure(args))
    with open(args.json, 'w', encoding='utf-8') as out:
        json.dump({'extents': args.extents, 'rounds': args.rounds,
                   'results': results}, out, indent=1)
        out.write('\n')
    print_table(results)


main()
