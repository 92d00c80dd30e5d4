// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of records and the log (cache_key.c): every check of the verifier,
 * scans of a segment, the ordered iterator, the horizon.
 */
#include "core_test.h"

#include <linux/crc32c.h>

#include "pcache_log.h"

/* One cache with one write of 8 sectors in line 0; the rest of it is free. */
static struct pcache_seg *one_record(struct core *c, bool crc)
{
	core_init(c);
	c->opts.cache[0].data_crc = crc;
	core_open(c);
	core_write(c, 16, 8, 1);
	return core_head_seg(c);
}

static int read_key(struct core *c, struct pcache_seg *seg, u32 line,
		    struct pcache_key *key)
{
	return pcache_key_read(&core_cache(c)->rules, seg, line, key);
}

/* ---- encode, decode ---- */

static void a_record_comes_back_as_it_was_logged(void **state)
{
	static const struct {
		u8 op, flags, type, rec_flags;
	} cases[] = {
		{ PCACHE_OP_WRITE, 0, PCACHE_REC_WRITE, 0 },
		{ PCACHE_OP_WRITE, PCACHE_REQ_FUA, PCACHE_REC_WRITE,
		  PCACHE_REC_FUA },
		{ PCACHE_OP_ZEROES, 0, PCACHE_REC_ZERO, 0 },
		{ PCACHE_OP_ZEROES, PCACHE_REQ_NOUNMAP | PCACHE_REQ_FUA,
		  PCACHE_REC_ZERO, PCACHE_REC_NOUNMAP | PCACHE_REC_FUA },
		{ PCACHE_OP_DISCARD, PCACHE_REQ_FUA, PCACHE_REC_DISCARD, 0 },
	};
	struct pcache_record_ondisk rec;
	struct pcache_key key;
	struct pcache_seg *seg;
	struct core c;
	u32 i;

	seg = one_record(&c, false);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(rig_io_run(&c.rig, 0, cases[i].op,
					    cases[i].flags, 1000 + i, 5,
					    core_pattern(0, 5, 1)), BLK_STS_OK);
		assert_int_equal(read_key(&c, seg, i + 1, &key), 1);
		assert_int_equal(key.lsn, core_lsn(&c));
		assert_int_equal(key.sector, 1000 + i);
		assert_int_equal(key.nr_sectors, 5);
		assert_int_equal(key.type, cases[i].type);
		assert_int_equal(key.flags, cases[i].rec_flags);
		assert_int_equal(key.line, i + 1);
		assert_ptr_equal(key.seg, seg);
		assert_int_equal(key.value, core_lookup(&c, 1000 + i, 1).value);
		rec = core_record(&c, seg, i + 1);
		assert_int_equal(le32_to_cpu(rec.crc),
				 crc32c(seg->seed, (u8 *)&rec + 4, 28));
	}
	core_close(&c);
}

/* ---- the verifier ---- */

#define EDIT(name) static void edit_##name(struct pcache_record_ondisk *rec)

EDIT(reserved0) { rec->reserved0 = cpu_to_le16(1); }
EDIT(flags) { rec->flags = 4; }
EDIT(lsn_low) { rec->lsn = cpu_to_le64(1); }
EDIT(lsn_high) { rec->lsn = cpu_to_le64(1ULL << 62); }
EDIT(type_zero) { rec->type = 0; }
EDIT(type_high) { rec->type = 7; }
EDIT(nothing) { rec->nr_sectors = 0; }
EDIT(too_long) { rec->nr_sectors = cpu_to_le32(40); }
EDIT(huge) { rec->nr_sectors = cpu_to_le32(~0U); }
EDIT(chunk) { rec->sector = cpu_to_le64(8192 - 4); }
EDIT(end_of_device) { rec->sector = cpu_to_le64(32768 - 4); }
EDIT(beyond) { rec->sector = cpu_to_le64(32768); }
EDIT(far_beyond) { rec->sector = cpu_to_le64(~0ULL - 8191); }
EDIT(odd_data) { rec->data_off = cpu_to_le32(8192 + 8); }
EDIT(data_in_header) { rec->data_off = cpu_to_le32(4096); }
EDIT(data_in_records) { rec->data_off = cpu_to_le32(61440 - 4096); }
EDIT(data_behind) { rec->data_off = cpu_to_le32(65536); }
EDIT(zero_with_data) { rec->type = PCACHE_REC_ZERO; }
EDIT(discard_with_data) { rec->type = PCACHE_REC_DISCARD; }
EDIT(lost_with_data) { rec->type = PCACHE_REC_LOST; }

EDIT(end_count)
{
	rec->type = PCACHE_REC_END;
	rec->sector = 0;
	rec->data_off = 0;
	rec->nr_sectors = cpu_to_le32(1);
}

EDIT(end_sector)
{
	edit_end_count(rec);
	rec->nr_sectors = 0;
	rec->sector = cpu_to_le64(1);
}

EDIT(end_data)
{
	edit_end_count(rec);
	rec->nr_sectors = 0;
	rec->data_off = cpu_to_le32(8192);
}

static void a_sealed_record_that_cannot_be_is_refused(void **state)
{
	static const struct {
		void (*edit)(struct pcache_record_ondisk *rec);
		const char *text;
	} cases[] = {
		{ edit_reserved0, "reserved bits" },
		{ edit_flags, "reserved bits" },
		{ edit_lsn_low, "lsn" },
		{ edit_lsn_high, "lsn" },
		{ edit_type_zero, "type" },
		{ edit_type_high, "type" },
		{ edit_nothing, "crosses a chunk" },
		{ edit_huge, "crosses a chunk" },
		{ edit_chunk, "crosses a chunk" },
		{ edit_end_of_device, "crosses a chunk" },
		{ edit_beyond, "beyond the device" },
		{ edit_far_beyond, "beyond the device" },
		{ edit_too_long, "extent too long" },
		{ edit_odd_data, "data unaligned" },
		{ edit_data_in_header, "data outside" },
		{ edit_data_in_records, "data outside" },
		{ edit_data_behind, "data outside" },
		{ edit_zero_with_data, "data offset" },
		{ edit_discard_with_data, "data offset" },
		{ edit_lost_with_data, "data offset" },
		{ edit_end_count, "count" },
		{ edit_end_sector, "count" },
		{ edit_end_data, "count" },
	};
	struct pcache_record_ondisk good, rec;
	struct pcache_seg *seg;
	struct pcache_key key;
	char text[64];
	struct core c;
	u32 i;

	seg = one_record(&c, false);
	good = core_record(&c, seg, 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		rec = good;
		cases[i].edit(&rec);
		core_record_put(&c, seg, 0, rec);
		sim_klog_clear();
		assert_int_equal(read_key(&c, seg, 0, &key), -EUCLEAN);
		snprintf(text, sizeof(text), "line 0: bad record: %s\n",
			 cases[i].text);
		if (!sim_klog_has(text))
			fail_msg("case %u: %s", i, sim_klog());
		/* The messages are rationed. */
		sim_sleep(10ULL * NSEC_PER_SEC);
	}
	core_record_put(&c, seg, 0, good);
	assert_int_equal(read_key(&c, seg, 0, &key), 1);
	core_close(&c);
}

/* A device that ends inside a chunk. */
static void a_record_must_lie_on_the_device(void **state)
{
	struct pcache_record_ondisk rec;
	struct pcache_seg *seg;
	struct pcache_key key;
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].disk.size = SZ_16M - 512 * 8;
	core_open(&c);
	core_write(&c, 16, 8, 1);
	seg = core_head_seg(&c);
	rec = core_record(&c, seg, 0);
	for (i = 0; i < 8; i++) {
		rec.sector = cpu_to_le64(32768 - 16 + i);
		core_record_put(&c, seg, 0, rec);
		assert_int_equal(read_key(&c, seg, 0, &key),
				 i ? -EUCLEAN : 1);
	}
	core_close(&c);
}

static void extents_obey_blocks_and_pages(void **state)
{
	struct pcache_record_ondisk good, rec;
	struct pcache_seg *seg;
	struct pcache_key key;
	struct core c;

	/* With CRCs data starts on a page, whatever its sectors. */
	seg = one_record(&c, true);
	good = core_record(&c, seg, 0);
	rec = good;
	rec.data_off = cpu_to_le32(le32_to_cpu(good.data_off) + 512);
	core_record_put(&c, seg, 0, rec);
	assert_int_equal(read_key(&c, seg, 0, &key), -EUCLEAN);
	core_record_put(&c, seg, 0, good);
	core_close(&c);

	/* A device with larger blocks has no records of half of them. */
	core_init(&c);
	c.opts.cache[0].disk.block_size = 4096;
	core_open(&c);
	core_write(&c, 16, 8, 1);
	seg = core_head_seg(&c);
	good = core_record(&c, seg, 0);
	rec = good;
	rec.nr_sectors = cpu_to_le32(7);
	core_record_put(&c, seg, 0, rec);
	assert_int_equal(read_key(&c, seg, 0, &key), -EUCLEAN);
	rec = good;
	rec.sector = cpu_to_le64(17);
	core_record_put(&c, seg, 0, rec);
	assert_int_equal(read_key(&c, seg, 0, &key), -EUCLEAN);
	core_record_put(&c, seg, 0, good);
	core_close(&c);
}

static void what_is_not_sealed_is_no_record(void **state)
{
	struct pcache_record_ondisk good;
	struct pcache_seg *seg, other;
	struct pcache_key key;
	u32 i, line;
	struct core c;
	u8 byte;

	seg = one_record(&c, false);
	good = core_record(&c, seg, 0);
	/* Any byte of it; a single bit would be put right. */
	for (i = 0; i < sizeof(good); i++) {
		byte = ((u8 *)&good)[i] ^ 0x30;
		sim_pmem_poke(c.rig.pmem, core_rec_off(&c, seg, 0) + i, &byte,
			      1);
		assert_int_equal(read_key(&c, seg, 0, &key), 0);
		byte ^= 0x30;
		sim_pmem_poke(c.rig.pmem, core_rec_off(&c, seg, 0) + i, &byte,
			      1);
		assert_int_equal(read_key(&c, seg, 0, &key), 1);
	}
	/* Another life, another place. */
	memset(&other, 0, sizeof(other));
	other.id = seg->id;
	other.open_lsn = seg->open_lsn;
	for (i = 0; i < 3; i++) {
		other.salt = seg->salt ^ (i == 1 ? 5 : 0);
		other.seed = seg->seed + (i == 2);
		assert_int_equal(read_key(&c, &other, 0, &key), i == 0);
	}
	other.seed = pcache_seg_seed(seg, core_cache(&c)->uuid);
	assert_int_equal(other.seed, seg->seed);
	other.id++;
	assert_int_not_equal(pcache_seg_seed(&other, core_cache(&c)->uuid),
			     seg->seed);
	for (line = 1; line < 4; line++)
		assert_int_equal(read_key(&c, seg, line, &key), 0);
	sim_pmem_poison(c.rig.pmem, core_rec_off(&c, seg, 0) + 63, 1);
	assert_int_equal(read_key(&c, seg, 0, &key), -EIO);
	sim_pmem_cure(c.rig.pmem, core_rec_off(&c, seg, 0), 64);
	core_close(&c);
}

/* ---- scans ---- */

/* What a scan says of a segment, whatever is known of it. */
static struct pcache_seg scan(struct core *c, struct pcache_seg *seg,
			      u64 incarnation_lsn, u64 evict_lsn)
{
	struct pcache_log_rules rules = core_cache(c)->rules;
	struct pcache_seg copy;

	memset(&copy, 0, sizeof(copy));
	pcache_seg_setup(&copy, seg->id);
	copy.open_lsn = seg->open_lsn;
	copy.salt = seg->salt;
	copy.seed = seg->seed;
	copy.state = PCACHE_SEG_CLOSED;
	rules.incarnation_lsn = incarnation_lsn;
	pcache_seg_scan(&rules, &copy, evict_lsn);
	return copy;
}

static void a_scan_finds_all_records(void **state)
{
	struct pcache_seg *seg, found;
	struct core c;
	u32 i;

	seg = one_record(&c, false);
	for (i = 0; i < 4; i++)
		core_write(&c, i * 8, 8, 1);
	found = scan(&c, seg, 0, 0);
	assert_null(found.damage);
	assert_false(found.ended);
	assert_int_equal(found.nr_recs, 5);
	assert_int_equal(found.first_lsn, seg->first_lsn);
	assert_int_equal(found.last_lsn, seg->last_lsn);
	pcache_seg_close_heads(core_cache(&c), false);
	found = scan(&c, seg, PCACHE_LSN_LIMIT - 1, 0);
	assert_null(found.damage);
	assert_true(found.ended);
	assert_int_equal(found.nr_recs, 6);
	core_close(&c);
}

static void a_closed_segment_without_end_is_damage(void **state)
{
	struct pcache_seg *seg, found;
	struct core c;

	seg = one_record(&c, false);
	/* Opened before the last attach, it has been closed by it. */
	found = scan(&c, seg, seg->open_lsn, 0);
	assert_string_equal(found.damage, "no END in a closed segment");
	assert_int_equal(found.damage_line, 1);
	found = scan(&c, seg, seg->open_lsn - 1, 0);
	assert_null(found.damage);
	core_close(&c);
}

static void an_invalid_line_before_a_valid_one_is_damage(void **state)
{
	struct pcache_seg *seg, found;
	struct pcache_record_ondisk rec;
	u8 zero[64] = {};
	struct core c;
	u32 gap;

	seg = one_record(&c, false);
	core_write(&c, 0, 8, 1);
	rec = core_record(&c, seg, 1);
	for (gap = 1; gap <= 66; gap++) {
		sim_pmem_poke(c.rig.pmem, core_rec_off(&c, seg, gap), zero, 64);
		rec.lsn = cpu_to_le64(seg->last_lsn + gap);
		core_record_put(&c, seg, gap + 1, rec);
		found = scan(&c, seg, 0, 0);
		assert_int_equal(found.nr_recs, 1);
		if (gap <= 64)
			assert_string_equal(found.damage,
					    "invalid record line");
		else
			assert_null(found.damage);
	}
	core_close(&c);
}

static void bad_lines_are_damage_unless_h_covers_the_segment(void **state)
{
	struct pcache_record_ondisk rec;
	struct pcache_seg *seg, found;
	struct core c;
	u64 last;

	seg = one_record(&c, false);
	core_write(&c, 0, 8, 1);
	core_write(&c, 8, 8, 1);
	rec = core_record(&c, seg, 1);
	rec.type = 9;
	core_record_put(&c, seg, 1, rec);
	found = scan(&c, seg, 0, 0);
	assert_string_equal(found.damage, "impossible record");
	assert_int_equal(found.damage_line, 1);
	assert_int_equal(found.nr_recs, 1);
	rec.type = PCACHE_REC_WRITE;
	rec.lsn = cpu_to_le64(seg->first_lsn);
	core_record_put(&c, seg, 1, rec);
	found = scan(&c, seg, 0, 0);
	assert_string_equal(found.damage, "LSN does not rise");
	rec.lsn = cpu_to_le64(seg->first_lsn + 1);
	core_record_put(&c, seg, 1, rec);
	pcache_seg_close_heads(core_cache(&c), false);
	last = seg->last_lsn;
	assert_null(scan(&c, seg, 0, 0).damage);
	sim_pmem_poison(c.rig.pmem, core_rec_off(&c, seg, 1), 64);
	found = scan(&c, seg, 0, last - 1);
	assert_string_equal(found.damage, "poisoned record line");
	found = scan(&c, seg, 0, last);
	assert_null(found.damage);
	assert_true(found.ended && found.has_badblocks);
	assert_int_equal(found.last_lsn, last);
	sim_pmem_cure(c.rig.pmem, core_rec_off(&c, seg, 1), 64);
	core_close(&c);
}

/* Data that says it is a record, and is one in all but the salt. */
static void data_that_looks_like_records_is_none(void **state)
{
	struct pcache_record_ondisk rec;
	struct pcache_seg *seg, found;
	struct core c;
	u32 i, max;

	seg = one_record(&c, false);
	max = pcache_geo_max_recs(&c.rig.dev->geo);
	rec = core_record(&c, seg, 0);
	rec.salt = cpu_to_le64(seg->salt ^ 5);
	for (i = 1; i < max; i++)
		core_record_put(&c, seg, i, rec);
	found = scan(&c, seg, 0, 0);
	assert_null(found.damage);
	assert_int_equal(found.nr_recs, 1);
	core_close(&c);
}

static void a_segment_full_of_records_needs_its_end(void **state)
{
	struct pcache_record_ondisk rec;
	struct pcache_seg *seg, found;
	struct core c;
	u32 i, max;

	seg = one_record(&c, false);
	max = pcache_geo_max_recs(&c.rig.dev->geo);
	rec = core_record(&c, seg, 0);
	rec.type = PCACHE_REC_ZERO;
	rec.data_off = 0;
	for (i = 1; i < max; i++) {
		rec.lsn = cpu_to_le64(seg->first_lsn + i);
		core_record_put(&c, seg, i, rec);
	}
	found = scan(&c, seg, 0, 0);
	assert_string_equal(found.damage, "no room for END");
	assert_int_equal(found.nr_recs, max);
	core_close(&c);
}

/* ---- the iterator ---- */

static void the_log_is_shown_in_the_order_of_lsns(void **state)
{
	struct pcache_log_iter iter;
	struct pcache_key key;
	u64 horizon, last = 0;
	struct core c;
	u32 i, nr = 0;
	int ret;

	core_init(&c);
	c.opts.cache[0].queues = 3;
	core_open(&c);
	for (i = 0; i < 60; i++) {
		struct rig_io io;

		rig_io_init(&io, &c.rig, 0, PCACHE_OP_WRITE, 0, i * 8, 8,
			    false);
		io.req.head = i % 3;
		io.req.flags |= PCACHE_REQ_STAYS;
		assert_int_equal(pcache_req_submit(&io.req), PCACHE_DONE);
		rig_io_free(&io);
		if (i % 7 == 0)
			core_flush(&c);
	}
	horizon = pcache_log_horizon(core_cache(&c));
	assert_int_equal(horizon, core_lsn(&c));
	assert_int_equal(pcache_log_iter_init(&iter, core_cache(&c)), 0);
	pcache_log_iter_begin(&iter, horizon - 10);
	while ((ret = pcache_log_iter_peek(&iter, &key)) > 0) {
		assert_true(key.lsn > last && key.lsn <= horizon - 10);
		last = key.lsn;
		nr++;
		assert_int_equal(pcache_log_iter_advance(&iter), 0);
		assert_int_equal(key.seg->iter_pos, key.line + 1);
	}
	assert_int_equal(ret, 0);
	assert_true(last >= horizon - 12);
	assert_true(nr > 50);
	/* Again, from the start. */
	pcache_log_iter_begin(&iter, horizon);
	assert_int_equal(pcache_log_iter_peek(&iter, &key), 1);
	assert_int_equal(key.lsn, 2);
	pcache_log_iter_exit(&iter);
	core_close(&c);
}

/* A damaged log; how it is read must not hang on what was read before. */
static void records_of_one_lsn_have_one_order(void **state)
{
	struct pcache_record_ondisk rec;
	struct pcache_key key, last = {};
	struct pcache_log_iter iter;
	struct core c;
	u32 i, same = 0;
	u64 lsn = 0;

	core_init(&c);
	c.opts.cache[0].quota = 12;
	c.opts.cache[0].queues = 3;
	core_open(&c);
	for (i = 0; i < 6; i++)
		core_write_by_head(&c, i % 3, i * 8);
	for (i = 0; i < 3; i++) {
		rec = core_record(&c, core_cache(&c)->heads[i].seg, 1);
		if (!i)
			lsn = le64_to_cpu(rec.lsn);
		rec.lsn = cpu_to_le64(lsn);
		core_record_put(&c, core_cache(&c)->heads[i].seg, 1, rec);
	}
	assert_int_equal(pcache_log_iter_init(&iter, core_cache(&c)), 0);
	pcache_log_iter_begin(&iter, PCACHE_LSN_LIMIT);
	while (pcache_log_iter_peek(&iter, &key) > 0) {
		if (key.lsn == last.lsn) {
			same++;
			assert_true(key.seg->id > last.seg->id);
		}
		last = key;
		assert_int_equal(pcache_log_iter_advance(&iter), 0);
	}
	assert_int_equal(same, 2);
	pcache_log_iter_exit(&iter);
	core_power_cycle(&c);
	core_close(&c);
}

static void the_iterator_stops_at_what_it_cannot_read(void **state)
{
	struct pcache_log_iter iter;
	struct pcache_seg *seg;
	struct pcache_key key;
	struct core c;

	seg = one_record(&c, false);
	core_write(&c, 0, 8, 1);
	core_write(&c, 8, 8, 1);
	assert_int_equal(pcache_log_iter_init(&iter, core_cache(&c)), 0);
	sim_pmem_poison(c.rig.pmem, core_rec_off(&c, seg, 1), 64);
	pcache_log_iter_begin(&iter, core_lsn(&c));
	assert_int_equal(pcache_log_iter_peek(&iter, &key), 1);
	assert_int_equal(pcache_log_iter_advance(&iter), -EIO);
	/* What was stored but is not there is damage as well. */
	sim_pmem_cure(c.rig.pmem, core_rec_off(&c, seg, 1), 64);
	sim_pmem_poke(c.rig.pmem, core_rec_off(&c, seg, 0), "x", 1);
	pcache_log_iter_begin(&iter, core_lsn(&c));
	assert_int_equal(pcache_log_iter_peek(&iter, &key), -EUCLEAN);
	pcache_log_iter_exit(&iter);
	core_close(&c);
}

/* ---- barriers, finding ---- */

static void a_barrier_takes_an_lsn_once(void **state)
{
	struct core c;
	u64 lsn;

	one_record(&c, false);
	lsn = core_lsn(&c);
	assert_int_equal(pcache_log_barrier(core_cache(&c)), lsn + 1);
	assert_int_equal(pcache_log_barrier(core_cache(&c)), lsn + 1);
	core_write(&c, 0, 8, 1);
	assert_int_equal(core_lsn(&c), lsn + 2);
	assert_int_equal(pcache_log_barrier(core_cache(&c)), lsn + 3);
	core_close(&c);
}

static void a_mapping_leads_to_its_record(void **state)
{
	struct pcache_seg *seg;
	struct pcache_run run;
	struct pcache_key key;
	struct core c;

	seg = one_record(&c, false);
	core_write(&c, 100, 16, 1);
	assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_ZEROES, 0, 200, 8,
				    NULL), BLK_STS_OK);
	run = core_lookup(&c, 109, 1);
	assert_int_equal(pcache_key_find(core_cache(&c), PCACHE_DATA, run.value,
					 &key), 1);
	assert_int_equal(key.sector, 100);
	run = core_lookup(&c, 203, 1);
	assert_int_equal(pcache_key_find(core_cache(&c), PCACHE_ZERO, run.value,
					 &key), 1);
	assert_int_equal(key.sector, 200);
	assert_int_equal(pcache_key_find(core_cache(&c), PCACHE_LOST, run.value,
					 &key), 0);
	run = core_lookup(&c, 115, 1);
	assert_int_equal(pcache_key_find(core_cache(&c), PCACHE_DATA,
					 run.value + 1, &key), 0);
	sim_pmem_poison(c.rig.pmem, core_rec_off(&c, seg, 0), 64);
	assert_int_equal(pcache_key_find(core_cache(&c), PCACHE_DATA, run.value,
					 &key), 1);
	sim_pmem_poison(c.rig.pmem, core_rec_off(&c, seg, 1), 64);
	assert_int_equal(pcache_key_find(core_cache(&c), PCACHE_DATA, run.value,
					 &key), -EIO);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_was_logged),
		cmocka_unit_test(a_sealed_record_that_cannot_be_is_refused),
		cmocka_unit_test(a_record_must_lie_on_the_device),
		cmocka_unit_test(extents_obey_blocks_and_pages),
		cmocka_unit_test(what_is_not_sealed_is_no_record),
		cmocka_unit_test(a_scan_finds_all_records),
		cmocka_unit_test(a_closed_segment_without_end_is_damage),
		cmocka_unit_test(an_invalid_line_before_a_valid_one_is_damage),
		cmocka_unit_test(bad_lines_are_damage_unless_h_covers_the_segment),
		cmocka_unit_test(data_that_looks_like_records_is_none),
		cmocka_unit_test(a_segment_full_of_records_needs_its_end),
		cmocka_unit_test(the_log_is_shown_in_the_order_of_lsns),
		cmocka_unit_test(records_of_one_lsn_have_one_order),
		cmocka_unit_test(the_iterator_stops_at_what_it_cannot_read),
		cmocka_unit_test(a_barrier_takes_an_lsn_once),
		cmocka_unit_test(a_mapping_leads_to_its_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
