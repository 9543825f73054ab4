import { useState, type DragEvent } from "react";

import type { Outcome, Progress, UploadManyOptions } from "../../javascript/gallery-types";

interface Props {
  upload: (files: File[], options: UploadManyOptions) => Promise<Outcome[]>;
}

interface Line {
  key: string;
  name: string;
  progress: Progress | null;
  error: string;
}

/** Where files are dropped or chosen, and how far each of them is. */
export function Uploads({ upload }: Props) {
  const [lines, setLines] = useState<Line[]>([]);
  const [isOver, setIsOver] = useState(false);

  const begin = async (list: Iterable<File>) => {
    const files = [...list];
    if (files.length === 0) return;
    const keys = files.map(() => `${Math.random()}`);
    const change = (index: number, changes: Partial<Line>) =>
      setLines((all) =>
        all.map((each) => (each.key === keys[index] ? { ...each, ...changes } : each)),
      );
    const added = files.map(({ name }, index) => ({
      key: keys[index]!,
      name,
      progress: null,
      error: "",
    }));
    setLines((all) => [...all.filter((each) => !each.error), ...added]);
    const outcomes = await upload(files, {
      onProgress: ({ index, file: _, ...progress }) => change(index, { progress }),
    });
    outcomes.forEach(({ error }, index) => error && change(index, { error: error.message }));
    // What went well is in the grid now; what did not stays until the next files come.
    setLines((all) => all.filter((each) => each.error || !keys.includes(each.key)));
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void begin(event.dataTransfer.files);
  };

  return (
    <div
      className={isOver ? "gallery-drop is-over" : "gallery-drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <label>
        Add images: choose them, or drop them here
        <input
          type="file"
          multiple
          accept="image/*"
          onChange={(event) => {
            void begin(event.target.files ?? []);
            event.target.value = ""; // so that the same file may be chosen again
          }}
        />
      </label>
      <ul className="gallery-uploads">
        {lines.map(({ key, name, progress, error }) => (
          <li key={key}>
            {name} {error && <strong>{error}</strong>}
            {!error && (
              <progress
                aria-label={`Upload of ${name}`}
                value={progress?.sent ?? 0}
                max={progress?.total || 1}
              />
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
