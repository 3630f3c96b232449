import { html } from './html.js';

/**
 * `cell` is given the row. `number`: aligned to the right. `heading`: names its row.
 *
 * @template Row
 * @typedef {{
 *   readonly label: string,
 *   readonly cell: (row: Row) => unknown,
 *   readonly number?: boolean,
 *   readonly heading?: boolean,
 *   readonly quiet?: boolean,
 * }} Column
 */

/**
 * A table that becomes cards on a narrow screen. The roles are written out, since a browser forgets them when rows are not laid out as rows.
 *
 * @template Row
 * @param {{
 *   caption: string,
 *   columns: readonly (Column<Row> | false)[],
 *   rows: readonly Row[],
 *   keyOf: (row: Row, index: number) => string | number,
 *   below?: (row: Row) => unknown,
 *   mark?: (row: Row) => string,
 * }} props `below`: what stands under a row, over its whole width
 */
export function Table({ caption, columns, rows, keyOf, below, mark }) {
  const shown = columns.filter((column) => column !== false);
  return html`<table class="cards" role="table">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${shown.map(
          ({ label, number, quiet }) =>
            html`<th role="columnheader" scope="col" class=${number ? 'number' : ''}>
              ${quiet ? html`<span class="unseen">${label}</span>` : label}
            </th>`,
        )}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row, index) => {
        const under = below?.(row);
        return html`<${Row}
          key=${keyOf(row, index)}
          row=${row}
          columns=${shown}
          under=${under}
          mark=${mark?.(row) ?? ''}
        />`;
      })}
    </tbody>
  </table>`;
}

/**
 * @template R
 * @param {{ row: R, columns: readonly Column<R>[], under: unknown, mark: string }} props
 */
function Row({ row, columns, under, mark }) {
  const cells = columns.map(({ label, cell, number, heading, quiet }) => {
    const props = { class: number ? 'number' : '', 'data-label': heading || quiet ? undefined : label };
    return heading
      ? html`<th role="rowheader" scope="row" ...${props}>${cell(row)}</th>`
      : html`<td role="cell" ...${props}>${cell(row)}</td>`;
  });
  return html`<tr role="row" class=${`${mark} ${under ? 'open' : ''}`}>
      ${cells}
    </tr>
    ${
      under &&
      html`<tr role="row" class="below">
        <td role="cell" colspan=${columns.length}>${under}</td>
      </tr>`
    }`;
}
