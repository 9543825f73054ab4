// Fill the gallery of an organisation with pictures, and say what it looks like then:
//
//     SITE=http://127.0.0.1:8000 EMAIL=… PASSWORD=… node dist/main.js acme a.jpg b.jpg
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { asForm, logIn, said } from "./client.js";

const { SITE = "http://127.0.0.1:8000", EMAIL = "", PASSWORD = "" } = process.env;
const [slug = "", ...pictures] = process.argv.slice(2);

const api = await logIn(SITE, EMAIL, PASSWORD);
const organization = said(
  await api.GET("/api/v1/orgs/{slug}/", { params: { path: { slug } } }),
);
const gallery = {
  params: {
    path: { slug, app_label: "orgs", model: "organization", obj_id: String(organization.id) },
  },
};

const ids: number[] = [];
for (const picture of pictures) {
  const image = said(
    await api.POST("/api/v1/images/orgs/{slug}/images/", {
      params: { path: { slug } },
      body: {
        file: new File([await readFile(picture)], basename(picture)),
        title: basename(picture),
        focal_point: { x: 0.25, y: 0.5 },
      },
      bodySerializer: asForm,
    }),
  );
  ids.push(image.id);
}

const path = "/api/v1/images/orgs/{slug}/images/{app_label}/{model}/{obj_id}/";
said(await api.POST(path, { ...gallery, body: { image_ids: ids } }));
said(await api.POST(`${path}reorder/`, { ...gallery, body: { image_ids: ids.toReversed() } }));
const [cover] = ids;
if (cover !== undefined) {
  said(await api.POST(`${path}set_cover/`, { ...gallery, body: { image_id: cover } }));
}

const { results } = said(await api.GET(path, gallery));
for (const { order, title, is_cover, image } of results) {
  const { x, y } = image.focal_point;
  process.stdout.write(`${order} ${title} ${x}x${y}${is_cover ? " cover" : ""}\n`);
}
