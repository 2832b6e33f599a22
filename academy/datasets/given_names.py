"""Common given names in the United States, to tell a column of people from one of places.

Names that are just as often a place, a month or a plain word (Charlotte, April, Grace) are left
out: the list is for telling columns apart, not for finding every person.
"""

from __future__ import annotations

_NAMES = """
Aaron Abigail Adam Adrian Aisha Alan Albert Alex Alexander Alexis Alfred Alice Alicia Allison Alvin
Alyssa Amanda Amy Ana Andre Andrea Andrew Angela Angelica Anita Ann Anna Anne Annette Annie Anthony
Antonio Arthur Ashley Barbara Barry Beatrice Becky Benjamin Bernard Bernice Bertha Bessie Beth Betty
Beverly Bobby Bonnie Bradley Brandi Brandon Brandy Brenda Brent Brian Brianna Bridget Brittany Bruce
Bryan Byron Calvin Carl Carla Carlos Carmen Carol Caroline Carolyn Carrie Casey Catherine Cathy
Cedric Chad Charlene Charles Charlie Chelsea Cheryl Chris Christian Christina Christine Christopher
Christy Cindy Claire Clara Clarence Claude Claudia Clifford Connie Corey Courtney Craig Cristina
Curtis Cynthia Daisy Dan Dana Daniel Danielle Danny Darlene Darrell Darren Darryl Daryl Dave David
Deanna Debbie Deborah Debra Delores Demetrius Denise Dennis Derek Derrick Desiree Diana Diane
Dominique Donald Donna Doris Dorothy Douglas Duane Dustin Dwayne Dwight Ebony Eddie Edgar Edith Edna
Edward Edwin Eileen Elaine Eleanor Elijah Elizabeth Ella Ellen Elmer Elsie Emily Emma Eric Erica
Erik Erin Ernest Ethan Ethel Eugene Eva Evelyn Felicia Fernando Frances Francis Francisco Franklin
Fred Frederick Gabriel Gail Gary Geneva Geoffrey George Gerald Geraldine Gilbert Gina Gladys Glenda
Glenn Gloria Gordon Greg Gregory Gwendolyn Hannah Harold Harriet Harry Harvey Heather Hector Heidi
Helen Henry Herbert Herman Hilda Holly Howard Hugh Ian Ida Irene Irma Isaac Isabella Ivan Jackie
Jacob Jacqueline Jaime Jamal James Jamie Jane Janet Janice Jared Jason Javier Jay Jean Jeanette
Jeanne Jeff Jeffery Jeffrey Jennifer Jeremiah Jeremy Jermaine Jerome Jerry Jesse Jessica Jessie
Jesus Jill Jim Jimmie Jimmy Joan Joann Joanne Joe Joel John Johnnie Johnny Jon Jonathan Jorge Jose
Joseph Josephine Joshua Joyce Juan Juanita Judith Judy Julia Julian Julie Julio Justin Karen Karl
Katherine Kathleen Kathryn Kathy Katie Katrina Kayla Keith Kelly Kelvin Kendra Kenneth Kevin Kim
Kimberly Kristen Kristin Kristina Kurt Kyle Lakeisha Larry Latasha Latoya Laura Lauren Laurie
Lawrence Leah Lee Leon Leona Leonard Leroy Leslie Lester Lewis Lillian Lillie Linda Lisa Lloyd Lois
Lonnie Loretta Lori Louis Louise Lucille Lucy Luis Lula Lydia Lynn Mabel Malcolm Manuel Marc Marcia
Marcus Margaret Maria Marianne Marie Marilyn Mario Marjorie Marlene Marsha Marshall Martha Martin
Marvin Mary Matthew Mattie Maureen Maurice Megan Melanie Melinda Melissa Melvin Mercedes Michael
Micheal Michele Michelle Miguel Mildred Milton Minnie Miranda Miriam Misty Mitchell Molly Monica
Monique Nancy Naomi Natalie Nathan Nathaniel Neil Nelson Nichole Nicholas Nicole Nina Nora Norma
Norman Olivia Oscar Otis Pamela Patrice Patricia Patrick Patsy Paul Paula Pauline Pedro Peggy Peter
Philip Phillip Phyllis Priscilla Rachel Ralph Ramon Ramona Randall Randy Raul Raymond Rebecca Regina
Reginald Renee Rhonda Ricardo Richard Rick Ricky Rita Robert Roberta Roberto Robin Rochelle Roderick
Rodney Roger Roland Ronald Ronnie Roosevelt Rosa Rosalind Rosemary Roy Ruben Ruby Russell Ruth Ryan
Sabrina Sally Salvador Samantha Samuel Sandra Sara Sarah Scott Sean Sergio Seth Shane Shannon Sharon
Shaun Shawn Sheila Shelia Shelley Shelly Sherri Sherry Shirley Sidney Sonia Sonya Sophia Stacey
Stacy Stanley Stella Stephanie Stephen Steve Steven Stuart Sue Susan Suzanne Sylvester Sylvia Tamara
Tameka Tammy Tanya Tara Tasha Ted Teresa Terrance Terrell Terrence Terri Terry Thelma Theodore
Theresa Thomas Tiffany Tim Timothy Tina Todd Tom Tommy Toni Tony Tonya Tracey Traci Tracy Travis
Trevor Tricia Troy Tyler Tyrone Valerie Vanessa Velma Vera Vernon Veronica Vicki Vickie Victor
Victoria Vincent Viola Vivian Wallace Walter Wanda Warren Wayne Wendy Wesley Wilbert Wilfred William
Willie Wilma Yolanda Yvette Yvonne
"""
GIVEN_NAMES = frozenset(_NAMES.upper().split())
