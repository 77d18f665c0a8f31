import { Client } from 'pg';

/** What the catalogue says of everything in the schema `public`, by kind, in an order of its own. */
const catalogue: Record<string, string> = {
  tables: `select relname, relpersistence, reloptions from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  columns: `select c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull,
                   a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid) as by_default
              from pg_attribute a join pg_class c on c.oid = a.attrelid
              left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
             where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
             order by 1, 2`,
  constraints: `select conrelid::regclass::text as relation, conname, contype, convalidated, condeferrable, condeferred,
                       pg_get_constraintdef(oid) as definition
                  from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`,
  indexes: `select indrelid::regclass::text as relation, indexrelid::regclass::text as name, indisvalid, indisready,
                   pg_get_indexdef(indexrelid) as definition
              from pg_index join pg_class on pg_class.oid = indrelid
             where relnamespace = 'public'::regnamespace order by 1, 2`,
  functions: `select proname, pg_get_functiondef(oid) as definition from pg_proc
               where pronamespace = 'public'::regnamespace order by 1, 2`,
  triggers: `select tgrelid::regclass::text as relation, tgname, tgenabled, pg_get_triggerdef(t.oid) as definition
               from pg_trigger t join pg_class c on c.oid = tgrelid
              where c.relnamespace = 'public'::regnamespace and not tgisinternal order by 1, 2`,
};

export async function schemaOf(url: string): Promise<Record<string, object[]>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found: Record<string, object[]> = {};
    for (const [kind, query] of Object.entries(catalogue)) found[kind] = (await client.query(query)).rows;
    return found;
  } finally {
    await client.end();
  }
}
