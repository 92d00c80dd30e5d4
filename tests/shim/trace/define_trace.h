/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints have no bodies here; nothing to define. */
